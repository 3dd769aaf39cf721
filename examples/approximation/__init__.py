"""6. Approximation: curves out of bumps, depth against width."""
