"""Programs whose array operations run as fused loops, which numba compiles: the engine "numba"."""
