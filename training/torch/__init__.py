"""Training on PyTorch: for GPUs, for the study's architectures, and as the judge in tests."""
