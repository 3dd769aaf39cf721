"""Programs in JavaScript: the rules of the table traced on names, for an engine that runs in a browser."""
