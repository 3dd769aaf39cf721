"""From plans to calls of numpy's functions, forward and backward."""
