"""9. Clustering: k-means, soft assignments and mixtures of Gaussians."""
