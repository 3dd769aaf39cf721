"""Programs as boxes and edges."""
