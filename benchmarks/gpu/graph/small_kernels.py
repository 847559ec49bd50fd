"""Our operations as small kernels in a CUDA graph, called with the weights of a packed model."""

from __future__ import annotations

import ctypes
import weakref
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.gpu.graph.build import LIBRARY, build
from inference.backends.native import NativeModel
from inference.errors import BackendError
from inference.model.config import ModelConfig

_pointer, _i32 = ctypes.c_void_p, ctypes.c_int32
_SIGNATURES: Final = {
    "xg_open": (_pointer, _pointer, _i32, _i32, _pointer),
    "xg_begin": (_pointer, _pointer, _i32),
    "xg_run": (_pointer, _i32),
    "xg_read": (_pointer, _pointer, _pointer),
}


class SmallKernels:
    """Streams that go through the model together, a replay of the graph for every byte."""

    def __init__(
        self, library: Path, model: NativeModel, card: ModelConfig, streams: int, room: int
    ) -> None:
        """Reserve the device's memory and record the graph.

        Args:
            library: what `build_library` made.
            model: packed by the GPU's library; its weights are used where they are.
            card: of the model.
            streams: B, how many go together.
            room: bytes of text that are kept of each; later ones overwrite the first.

        Raises:
            BackendError: memory is short, the model does not fit, or the device is lost.
        """
        self._library = ctypes.CDLL(str(library))
        for name, arguments in _SIGNATURES.items():
            function = getattr(self._library, name)
            function.argtypes, function.restype = arguments, _i32
        self._library.xg_close.argtypes, self._library.xg_close.restype = (_pointer,), None
        self.streams, self.room = streams, room
        self._model = model  # as long as its weights are read
        self._handle = ctypes.c_void_p()
        sizes = np.array([card.width, card.heads, card.layers, card.context], np.int32)
        handle = ctypes.byref(self._handle)
        self._call("xg_open", model.handle, sizes.ctypes.data, streams, room, handle)
        self.close = weakref.finalize(self, self._library.xg_close, self._handle)
        self.close.atexit = False

    def begin(self, prompts: NDArray[np.uint8]) -> None:
        """Begin new texts with (B, N) bytes, N from 1 to the room; each step reads one of them."""
        assert prompts.shape[0] == self.streams and prompts.dtype == np.uint8
        data = np.ascontiguousarray(prompts)
        self._call("xg_begin", self._handle, data.ctypes.data, data.shape[1])

    def run(self, steps: int) -> None:
        """Read so many bytes, those of the prompt and then the most probable ones; wait for it."""
        self._call("xg_run", self._handle, steps)

    def logits(self) -> NDArray[np.float32]:
        """Return (B, 256) of the byte that follows the one read last."""
        found = np.empty((self.streams, 256), np.float32)
        self._call("xg_read", self._handle, found.ctypes.data, None)
        return found

    def texts(self) -> NDArray[np.uint8]:
        """Return (B, room) bytes, given and drawn; byte p of a text is at p % room."""
        found = np.empty((self.streams, self.room), np.uint8)
        self._call("xg_read", self._handle, None, found.ctypes.data)
        return found

    def _call(self, name: str, *arguments: Any) -> None:
        status = getattr(self._library, name)(*arguments)
        if status:
            why = {
                2: "memory is short",
                9: "run `make cuda` again: its library is of other sources",
            }
            text = why.get(status, f"status {status} of xinglin.h")
            raise BackendError(f"small kernels, {name}: {text}")


def build_library(architecture: str) -> Path:
    """Compile the library for a device such as "sm_90"; see `build` for what it raises."""
    return build("graph.cu", architecture, LIBRARY)
