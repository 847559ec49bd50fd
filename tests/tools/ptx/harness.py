"""Runs small PTX kernels from Python."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.tools.ptx.build import build_kernels

ORDERS = ("forward", "backward", "shuffled")
Argument = NDArray[np.generic] | np.generic


class _Run(ctypes.Structure):
    """PtxRun of harness.cpp."""

    _fields_ = [
        ("kernel", ctypes.c_char_p),
        ("parameters", ctypes.c_void_p),
        ("parameter_bytes", ctypes.c_size_t),
        ("memory", ctypes.c_void_p),
        ("memory_bytes", ctypes.c_void_p),
        ("memory_count", ctypes.c_int),
        ("blocks", ctypes.c_int),
        ("threads", ctypes.c_int),
        ("shared_bytes", ctypes.c_size_t),
        ("order", ctypes.c_int),
    ]


class Kernels:
    """The kernels of one PTX text, built once."""

    def __init__(self, text: str) -> None:
        self.library = ctypes.CDLL(str(Path(build_kernels(text))))
        self.library.ptx_fail.restype = ctypes.c_long

    def run(
        self,
        kernel: str,
        *arguments: Argument,
        blocks: int = 1,
        threads: int = 32,
        shared: int = 0,
        order: str = "forward",
    ) -> None:
        """Run a kernel to its end; where it is stopped, so is this process.

        Args:
            kernel: a part of its name.
            arguments: an array is memory of the device, of which the kernel gets the address; a
                NumPy scalar is itself.
            blocks: of the grid.
            threads: of a block.
            shared: bytes of dynamic shared memory.
            order: in which the threads of a block run, one of ORDERS.
        """
        with_all = self._prepare(kernel, arguments, blocks, threads, shared, order)
        assert self.library.ptx_run(ctypes.byref(with_all[0])) == 0, "other parameters"

    def failure(
        self,
        kernel: str,
        *arguments: Argument,
        blocks: int = 1,
        threads: int = 32,
        shared: int = 0,
        order: str = "forward",
    ) -> str:
        """Run likewise in a process of its own, and return what it says when it is stopped.

        Raises:
            AssertionError: it came to its end.
        """
        with_all = self._prepare(kernel, arguments, blocks, threads, shared, order)
        text = ctypes.create_string_buffer(4000)
        count = self.library.ptx_fail(ctypes.byref(with_all[0]), text, ctypes.c_size_t(4000))
        assert count != 0, "the kernel was not stopped"
        assert count > 0, "other parameters, or no process"
        return text.raw[:count].decode()

    def _prepare(
        self,
        kernel: str,
        arguments: tuple[Argument, ...],
        blocks: int,
        threads: int,
        shared: int,
        order: str,
    ) -> tuple[_Run, list[object]]:
        """The call, and what has to live as long as it."""
        arrays = [argument for argument in arguments if isinstance(argument, np.ndarray)]
        parameters = b""
        for argument in arguments:
            raw = argument
            if isinstance(argument, np.ndarray):
                assert argument.flags.c_contiguous
                raw = np.uint64(argument.ctypes.data)
            parameters += bytes(-len(parameters) % raw.itemsize) + raw.tobytes()
        places = np.array([array.ctypes.data for array in arrays], np.uint64)
        sizes = np.array([array.nbytes for array in arrays], np.uint64)
        buffer = ctypes.create_string_buffer(parameters, len(parameters) or 1)
        call = _Run(
            kernel.encode(),
            ctypes.cast(buffer, ctypes.c_void_p),
            len(parameters),
            places.ctypes.data,
            sizes.ctypes.data,
            len(arrays),
            blocks,
            threads,
            shared,
            ORDERS.index(order),
        )
        return call, [buffer, places, sizes, arrays]
