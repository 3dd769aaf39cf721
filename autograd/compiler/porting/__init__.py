"""A program of tensors as text: its listing, and modules of numpy, JAX and PyTorch or a model of ONNX."""
