"""11. Generative models: autoencoders, adversaries."""
