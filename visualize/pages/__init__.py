"""The page on which a reader steps through a program."""
