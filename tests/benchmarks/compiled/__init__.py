"""The benchmark of compiled programs: its works, its engines, and the report."""
