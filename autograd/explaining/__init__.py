"""Explanations of gradients: by uses, by paths, and by entries of arrays."""
