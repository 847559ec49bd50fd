"""Texts that are made for training: dialogues, questions about classics, the primer."""
