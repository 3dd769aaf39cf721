"""A program run again on other numbers: `replay`, `nudge`, `check_gradients`."""
