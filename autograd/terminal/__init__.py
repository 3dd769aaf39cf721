"""Interfaces for the terminal: the ``(step)`` prompt, and ``python -m autograd``."""
