"""One program for each engine, in its own process: see `desk.py` for how it is asked."""
