"""2. Regression: descent and the closed form, rates and condition numbers."""
