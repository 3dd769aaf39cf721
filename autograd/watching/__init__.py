"""Modes that look on while a program is recorded: `provenance`, `detect_anomaly`."""
