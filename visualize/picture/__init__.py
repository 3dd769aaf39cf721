"""The parts that all pictures share: labels, options, layouts, and the `Drawing` that a user gets."""
