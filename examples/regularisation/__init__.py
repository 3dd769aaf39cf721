"""8. Regularisation: penalties, noise and weights of classes."""
