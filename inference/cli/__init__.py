"""The commands of `python -m inference`."""
