"""Models as lectures draw them."""
