"""A pass, one product of the chain rule at a time."""
