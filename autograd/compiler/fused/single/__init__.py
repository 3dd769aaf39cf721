"""Runs of single numbers as compiled text: straight lines, and a loop where the steps of a recurrence are equal."""
