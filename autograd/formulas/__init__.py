"""The rules run on names: local derivatives, formulas, LaTeX."""
