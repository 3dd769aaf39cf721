"""The parts that all pictures share: labels, options, layouts by Graphviz, and what a user holds."""
