"""Modes and recordings that look on while a program runs: `provenance`, `detect_anomaly`, `watch`."""
