"""The page that steps."""
