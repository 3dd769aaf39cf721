"""A compiled program as a module of numpy, JAX or PyTorch, or as a model of ONNX, that needs nothing of ours."""
