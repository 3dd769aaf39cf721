"""Runs of single numbers as text: the rules of the table, written out with names, and straight-line Python of them."""
