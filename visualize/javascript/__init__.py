"""Programs in JavaScript: the rules of the table, traced on names, become functions for an engine in a browser."""
