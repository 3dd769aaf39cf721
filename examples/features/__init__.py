"""4. Features: too few, too many, and how to tell."""
