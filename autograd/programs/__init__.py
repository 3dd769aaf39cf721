"""The tape of a result as a sequence of entries: what every reader reads."""
