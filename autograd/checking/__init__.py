"""Derivatives held against numerical ones: `check_gradients`."""
