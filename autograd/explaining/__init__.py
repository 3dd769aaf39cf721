"""Where a gradient comes from: uses, paths, entries of arrays."""
