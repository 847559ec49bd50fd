"""Size of a text under general compressors: the honest neighbours of bits per character."""

from __future__ import annotations

import bz2
import gzip
import importlib
import lzma
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Final

Compress = Callable[[bytes], bytes]

_ALWAYS: Final[Mapping[str, Compress]] = {
    "gzip -9": lambda data: gzip.compress(data, 9, mtime=0),
    "bzip2 -9": lambda data: bz2.compress(data, 9),
    "xz -9e": lambda data: lzma.compress(data, preset=9 | lzma.PRESET_EXTREME),
}
_PPMD_ORDER: Final = 16
_PPMD_BYTES: Final = 1 << 28
# Packages that may be there: name of the row, and its compressor made of the module.
_OPTIONAL: Final[Mapping[str, tuple[str, Callable[[ModuleType], Compress]]]] = {
    "zstandard": ("zstd -22", lambda zstd: zstd.ZstdCompressor(level=22).compress),
    "brotli": (
        "brotli -11",
        lambda brotli: lambda data: brotli.compress(data, quality=11, lgwin=24),
    ),
    "pyppmd": (
        f"ppmd, order {_PPMD_ORDER}",
        lambda ppmd: lambda data: ppmd.compress(data, max_order=_PPMD_ORDER, mem_size=_PPMD_BYTES),
    ),
}


def compressors() -> dict[str, Compress]:
    """Return what can compress here, by name: the standard library's, and installed packages."""
    found = dict(_ALWAYS)
    for package, (name, make) in _OPTIONAL.items():
        try:
            found[name] = make(importlib.import_module(package))
        except ImportError:
            continue
    return found


def compress_text(text: str, tools: Mapping[str, Compress]) -> dict[str, dict[str, float]]:
    """Return bytes, bits per character and bits per byte of UTF-8 of each tool's output.

    Args:
        text: at least one character; the tools get it in UTF-8.
        tools: as `compressors` returns them.
    """
    data = text.encode()
    return {name: _sizes(len(tool(data)), text, data) for name, tool in tools.items()}


def _sizes(size: int, text: str, data: bytes) -> dict[str, float]:
    return {
        "bytes": size,
        "bits_per_character": 8 * size / len(text),
        "bits_per_utf8_byte": 8 * size / len(data),
    }
