"""7. Depth: gradients that vanish or explode, and what keeps them alive."""
