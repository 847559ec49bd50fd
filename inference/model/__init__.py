"""A model's folder: its config, tensors and tables."""
