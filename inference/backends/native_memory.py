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
        handle = library.memory_open(self._data, len(self._data))
        self.handle = library.own(self, handle, library.memory_release)


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
    file = library.memory_build(text, len(text), codes, len(codes), codec)
    try:
        size = ctypes.c_size_t()
        library.memory_file_size(file, size)
        data = np.empty(size.value, np.uint8)
        library.memory_file_read(file, 0, len(data), data)
        return data.tobytes()
    finally:
        library.memory_file_release(file)
