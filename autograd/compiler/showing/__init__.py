"""A compiled program as text: names, lines, the listing, the explanation."""
