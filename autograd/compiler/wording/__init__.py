"""Terms, the rules of the table run on them, and their words in numpy, JAX and PyTorch."""
