"""Functions of tensors: one call, recorded, as straight-line Python over arrays, forward and backward."""
