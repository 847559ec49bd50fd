"""The NumPy models and sampler, which say what is right."""
