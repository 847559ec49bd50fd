"""Bytes in, bytes out: the byte-level language model engine. Imports nothing else of Xinglin."""
