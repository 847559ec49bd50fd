"""Texts that are made for training: dialogues, and questions about classics."""
