"""The coder of the C++ library."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Final

from inference.backends.native_library import Library
from inference.backends.native_memory import NativeMemory

if TYPE_CHECKING:
    from inference.compression.memory import Memory

_TAKEN: Final = 1 << 16


class NativeCoder:
    """Lossless compression in the library; see `base.Coder`."""

    def __init__(
        self,
        library: Library,
        model: ctypes.c_void_p,
        *,
        mixed: bool,
        memory: Memory | None = None,
    ) -> None:
        self._library = library
        self._handle = library.create(
            *("xl_coder_create", self, "xl_coder_release"),
            *(model, int(mixed)),
        )
        if memory is not None:
            self.remember(memory)

    def remember(self, memory: Memory) -> None:
        """Mix a memory in, too; before the first byte.

        Raises:
            EngineError: it is too late, or nothing is mixed.
        """
        self._memory = NativeMemory(self._library, memory)
        self._library.call("xl_coder_remember", self._handle, self._memory.handle)

    def encode(self, data: bytes) -> bytes:
        """Append to the frame; returns the code that is ready."""
        self._library.call("xl_coder_encode", self._handle, data, len(data))
        return self._take()

    def finish(self) -> bytes:
        """End the frame; returns the rest of its code."""
        self._library.call("xl_coder_finish", self._handle)
        return self._take()

    def load(self, code: bytes) -> None:
        """Begin a frame whose whole code this is."""
        self._library.call("xl_coder_load", self._handle, code, len(code))

    def decode(self, count: int) -> bytes:
        """Return the frame's next `count` bytes."""
        data = ctypes.create_string_buffer(count) if count else b""
        self._library.call("xl_coder_decode", self._handle, count, data)
        return bytes(data)

    def _take(self) -> bytes:
        parts: list[bytes] = []
        buffer, count = ctypes.create_string_buffer(_TAKEN), ctypes.c_size_t(_TAKEN)
        while count.value == _TAKEN:
            self._library.call("xl_coder_take", self._handle, _TAKEN, buffer, count)
            parts.append(buffer.raw[: count.value])
        return b"".join(parts)
