"""What is typed: the ``(step)`` prompt, and ``python -m autograd``."""
