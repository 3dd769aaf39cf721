"""The page to play with: an expression typed by a reader, read, drawn and differentiated in the browser."""
