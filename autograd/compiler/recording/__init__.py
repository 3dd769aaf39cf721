"""One call of a function, recorded: its arguments, its values, the questions it asks."""
