"""One program for each engine, in its own process: see `protocol.py` for how it is asked."""
