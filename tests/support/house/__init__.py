"""The structure of the project: what imports what, as a drawing, and the path of a computation through it."""
