"""What needs PyTorch: the model as a module, its optimizers, and the core that GPUs train with.

Nothing outside imports this package before `--core torch` or `--device cuda` asks for it.
"""
