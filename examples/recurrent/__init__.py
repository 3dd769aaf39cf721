"""13. Recurrent networks: memory through time."""
