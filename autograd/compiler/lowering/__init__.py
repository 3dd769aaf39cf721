"""From a tape of scalars to plans of array operations, and where each value is kept."""
