"""One call of a function, recorded: its arguments and results, its control flow, and its surroundings."""
