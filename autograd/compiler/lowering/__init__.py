"""From a tape of scalars to plans of array operations, and the buffer in which each value is kept."""
