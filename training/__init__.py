"""Offline training of the byte-level language model: data, model, optimizer, export."""
