"""First steps: an expression, a network, and scalars that become matrices."""
