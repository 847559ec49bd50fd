"""The model's norms, gates and attention as fused kernels with gradients, for a GPU.

`ops.py` is the door; it imports Triton, and so nothing here imports it before it is wanted.
"""

from __future__ import annotations

import importlib.util

import torch


def missing(device: str) -> str:
    """Return why the fused kernels cannot run on `device` ("cpu" or "cuda"); "" if they can."""
    if device != "cuda":
        return f"they need a GPU, and the device is {device}"
    if importlib.util.find_spec("triton") is None:
        return "they need Triton, which is not installed; pip install 'triton>=3.7,<3.8'"
    if torch.cuda.get_device_capability() < (8, 0):
        return "they need a GPU of compute capability 8.0 or newer"
    return ""
