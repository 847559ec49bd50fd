"""Everything that needs PyTorch: the model as a module, optimizers, the core that GPUs train with.

Nothing outside imports this package before `--core torch` or `--device cuda` asks for it.
"""
