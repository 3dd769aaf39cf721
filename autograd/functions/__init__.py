"""One public name for floats, arrays, values and tensors; by families."""
