"""Lossless compression with a language model: likelihood put to work, and its honest test."""
