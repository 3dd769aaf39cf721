"""14. Science: equations, fits and optima."""
