"""The coder of the C++ library."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Final

import numpy as np

from inference.backends.native_library import Library, ModelHandle
from inference.backends.native_memory import NativeMemory

if TYPE_CHECKING:
    from inference.compression.memory import Memory

_TAKEN: Final = 1 << 16


class NativeCoder:
    """Lossless compression in the library; see `base.Coder`."""

    def __init__(
        self, library: Library, model: ModelHandle, *, mixed: bool, memory: Memory | None = None
    ) -> None:
        self._library = library
        handle = library.coder_create(model, int(mixed))
        self._handle = library.own(self, handle, library.coder_release)
        if memory is not None:
            self.remember(memory)

    def remember(self, memory: Memory) -> None:
        """Mix a memory in, too; before the first byte.

        Raises:
            EngineError: it is too late, or nothing is mixed.
        """
        self._memory = NativeMemory(self._library, memory)
        self._library.coder_remember(self._handle, self._memory.handle)

    def encode(self, data: bytes) -> bytes:
        """Append to the frame; returns the code that is ready."""
        self._library.coder_encode(self._handle, data, len(data))
        return self._take()

    def finish(self) -> bytes:
        """End the frame; returns the rest of its code."""
        self._library.coder_finish(self._handle)
        return self._take()

    def load(self, code: bytes) -> None:
        """Begin a frame whose whole code this is."""
        self._library.coder_load(self._handle, code, len(code))

    def decode(self, count: int) -> bytes:
        """Return the frame's next `count` bytes."""
        data = np.empty(count, np.uint8)
        self._library.coder_decode(self._handle, count, data)
        return data.tobytes()

    def _take(self) -> bytes:
        parts: list[bytes] = []
        buffer, count = np.empty(_TAKEN, np.uint8), ctypes.c_size_t(_TAKEN)
        while count.value == _TAKEN:
            self._library.coder_take(self._handle, _TAKEN, buffer, count)
            parts.append(buffer[: count.value].tobytes())
        return b"".join(parts)
