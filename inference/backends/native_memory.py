"""Memories in the C++ library."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inference.backends.native_library import Library, load_library

if TYPE_CHECKING:
    from inference.compression.memory import Memory


class NativeMemory:
    """A memory as the library reads it.

    Attributes:
        handle: xl_memory.
    """

    def __init__(self, library: Library, memory: Memory) -> None:
        """Open it.

        Raises:
            EngineError: its numbers do not fit each other.
        """
        self._data = np.frombuffer(memory.data, np.uint8)  # keeps the file mapped
        self.handle = library.create(
            *("xl_memory_open", self, "xl_memory_release"),
            *(self._data, len(self._data)),
        )


def build_native(text: NDArray[np.uint32], codes: NDArray[np.uint32], codec: int) -> bytes:
    """Return the file of a memory but for its digest.

    Args:
        text: (N,) symbols.
        codes: (symbols,) the bytes of each in the codec, the first byte highest; ascending.
        codec: its number in the file.

    Raises:
        BackendError: the library is not there.
        EngineError: there is not enough memory.
    """
    library = load_library()
    owner = _Owner()
    file = library.create(
        *("xl_memory_build", owner, "xl_memory_file_release"),
        *(text, len(text), codes, len(codes), codec),
    )
    size = ctypes.c_size_t()
    library.call("xl_memory_file_size", file, size)
    data = np.empty(size.value, np.uint8)
    library.call("xl_memory_file_read", file, 0, len(data), data)
    return data.tobytes()


class _Owner:
    """Holder of the library's file until it has been copied."""
