"""A recorded program, run again on other numbers: `replay` and `nudge`."""
