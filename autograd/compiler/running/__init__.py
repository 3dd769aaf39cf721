"""A program that runs: one variant, its record on the tape, the fast path of a training step."""
