"""The backend `cuda`: the same C boundary as `cpu`, in a library that decodes on a GPU."""

from __future__ import annotations

import ctypes
import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from inference.backends.native import NativeBackend, NativeModel
from inference.backends.native_coder import NativeCoder
from inference.backends.native_library import Library, find_library
from inference.config import EngineConfig
from inference.errors import BackendError, EngineClosed, KernelError
from inference.model.checkpoint import Checkpoint

if TYPE_CHECKING:
    from inference.compression.memory import Memory

_DRIVER = "libcuda.so.1"
_SAMPLE = bytes(range(0, 256, 3)) + "问：今天几号？".encode("gb18030")
"""Self-check that a device has to compute like the processor before it answers anybody."""


class CudaBackend(NativeBackend):
    """Decodes on the first GPU, many bytes of many sequences in one launch."""

    KIND = "cuda"

    def __init__(self, checkpoint: Checkpoint, config: EngineConfig, library: Library) -> None:
        """Pack the model for the GPU and reserve its memory.

        Raises:
            BackendError: there is no driver or no device that can run it, or memory is short.
        """
        self._checkpoint = checkpoint
        self._processor: NativeModel | None = None
        try:
            super().__init__(
                NativeModel(checkpoint, config.isa, library), dataclasses.replace(config, threads=1)
            )
        except (BackendError, KernelError) as error:
            raise BackendError(f"backend 'cuda': {error}; use 'cpu' or 'auto'") from error

    @classmethod
    def open(cls, checkpoint: Checkpoint, config: EngineConfig) -> CudaBackend:
        """Load the library where there is a driver; see `__init__`.

        Raises:
            BackendError: also when the device computes other numbers than the processor.
        """
        backend = cls(checkpoint, config, load_cuda())
        try:
            backend._check()
        except BaseException:
            backend.close()
            raise
        return backend

    def _check(self) -> None:
        """Compare the logits of a few bytes with the processor's: they are equal bit by bit."""
        expected = NativeModel(self._checkpoint).logits(_SAMPLE)
        try:
            found = self.logits(_SAMPLE)
        except KernelError as error:
            raise BackendError(f"backend 'cuda': {error}; use 'cpu' or 'auto'") from error
        if not np.array_equal(found, expected):
            raise BackendError(
                "backend 'cuda': this GPU computes other numbers than the processor, so its "
                "answers cannot be trusted; use 'cpu' or 'auto', and please report the GPU's name "
                "and its driver's version"
            )

    def coder(self, *, mixed: bool, memory: Memory | None = None) -> NativeCoder:
        """Start compressing or decompressing a text; the processor does that."""
        if self._closed:
            raise EngineClosed("the engine is closed; open a new one")
        if self._processor is None:
            self._processor = NativeModel(self._checkpoint)
        return NativeCoder(
            self._processor.library, self._processor.handle, mixed=mixed, memory=memory
        )


def load_cuda() -> Library:
    """Load the GPU's library, if it was built and there is a driver.

    Raises:
        BackendError: one of them is not there.
    """
    path = find_library("cuda")
    if path is None:
        raise BackendError(
            "backend 'cuda': no CUDA library is installed (`make cuda` builds it where nvcc is); "
            "use 'cpu' or 'auto'"
        )
    try:
        ctypes.CDLL(_DRIVER)
    except OSError as error:
        raise BackendError(
            f"backend 'cuda': no NVIDIA driver is installed ({_DRIVER}); use 'cpu' or 'auto'"
        ) from error
    return Library(path)
