"""Measurements, each rerun with one command; see README.md. Never timed tests."""
