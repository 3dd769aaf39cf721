"""1. A neuron: the chain rule, and what one layer can and cannot do."""
