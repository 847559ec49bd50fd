"""Danger signs: the table of words, and the reviewed answers."""
