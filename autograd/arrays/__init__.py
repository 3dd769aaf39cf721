"""Tensor: numpy arrays on the same tape, by the same rules."""
