"""``grad`` and its kind: one call traced, pulled back, pushed forward."""
