"""The public functions, by families: each takes floats, arrays, values and tensors under one name."""
