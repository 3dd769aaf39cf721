"""5. Descent: momentum, adaptive rates, schedules and mini-batches."""
