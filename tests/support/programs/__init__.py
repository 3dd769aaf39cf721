"""Random programs, by the numbers that they compute with, and a naive engine that says what they should give."""
