"""A program that runs: one variant, its record on the tape, the short way of a training step."""
