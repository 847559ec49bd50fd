"""Choice of the core: C++ on a processor, or PyTorch, which only this choice imports."""

from __future__ import annotations

import os
from dataclasses import dataclass

from training.core import TrainerCore
from training.errors import RunError
from training.shape import Shape, Tensors


@dataclass(frozen=True, slots=True)
class CoreOptions:
    """Options of the command line about the core.

    Attributes:
        kind: "native" or "torch".
        device: "cpu" or "cuda", which PyTorch alone knows.
        threads: of the processor; 0: all that this process may use.
        precision: of the C++ core: "fast" is the best that the processor has, else "float32".
        compiled: PyTorch: use `torch.compile`.
        fused: PyTorch: use kernels of our own on a GPU; None: where they can run.
    """

    kind: str = "native"
    device: str = "cpu"
    threads: int = 0
    precision: str = "fast"
    compiled: bool = True
    fused: bool | None = None

    def check(self) -> None:
        """Refuse what this machine cannot do, before any file is read or written.

        Raises:
            RunError: there are not so many threads, or PyTorch is missing or not meant.
        """
        there = len(os.sched_getaffinity(0))
        if not 0 <= self.threads <= there:
            raise RunError(
                f"--threads is {self.threads}; this process may use {there}, and 0 means all"
            )
        if self.uses_torch:
            _check_torch(self.device)
        elif self.fused:
            raise RunError("--fused needs a GPU and PyTorch; add --device cuda or leave it out")

    @property
    def uses_torch(self) -> bool:
        """True if PyTorch computes."""
        return self.kind == "torch" or self.device == "cuda"

    def open(self, shape: Shape, tensors: Tensors) -> TrainerCore:
        """Return a core for a model of these weights.

        Raises:
            RunError: it cannot be had.
        """
        threads = self.threads or len(os.sched_getaffinity(0))
        if self.uses_torch:
            from training.torch.core import TorchCore

            return TorchCore(
                *(shape, tensors),
                device=self.device,
                compiled=self.compiled,
                fused=self.fused,
                threads=threads,
            )
        from training.native import NativeCore

        isa = "auto" if self.precision == "fast" else "float32"
        return NativeCore(shape, tensors, threads=threads, isa=isa)


def _check_torch(device: str) -> None:
    try:
        import torch
    except ImportError as error:
        raise RunError(
            "--device cuda and --core torch need PyTorch: pip install --editable '.[train,torch]'"
        ) from error
    if device == "cuda" and not torch.cuda.is_available():
        raise RunError("--device is cuda, but PyTorch finds no GPU; use --device cpu")
