"""A program of tensors as text: its listing, and a module of numpy, JAX or PyTorch that needs nothing of ours."""
