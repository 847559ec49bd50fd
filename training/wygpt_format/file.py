"""The binary model file of the original wyGPT: read, checked and written.

Layout, little-endian: five u32, C (context), E (width), D (depth), H (heads), O (256 outputs);
then bfloat16 numbers without padding: of each block `a.u a.o b.pe b.x b.o c.u c.o`, last `head`. A
matrix lies output by output. In all 20 + 2 (D (11 E^2 + H C) + 256 E) bytes.

Source: wangyi-fudan/wyGPT (public domain).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from inference.model.config import LIMITS, VOCABULARY, count_parameters, wygpt_shapes
from inference.model.tensorfile import from_bfloat16, to_bfloat16
from training.errors import ModelFileError

MOST_BYTES: Final = 1 << 31
"""Largest file that is read: some 600 times the original's own."""

_HEADER: Final = struct.Struct("<5I")
_BLOCK: Final = ("a.u", "a.o", "b.pe", "b.x", "b.o", "c.u", "c.o")
_INFINITE: Final = np.uint16(0x7F80)
"""The exponent of a bfloat16 that is infinite or not a number."""


@dataclass(frozen=True, slots=True)
class WygptSizes:
    """The header without O, which is always 256."""

    context: int
    width: int
    depth: int
    heads: int

    def file_bytes(self) -> int:
        """Length of the whole file."""
        return _HEADER.size + 2 * count_parameters(self.width, self.depth, self.heads, self.context)

    def tensors(self) -> Iterator[tuple[str, tuple[int, int]]]:
        """Yield name and shape of every tensor, in the order of the file."""
        shapes = wygpt_shapes(self.width, self.depth, self.heads, self.context)
        for block in range(self.depth):
            for part in _BLOCK:
                yield f"blocks.{block}.{part}", shapes[f"blocks.{block}.{part}"]
        yield "head", shapes["head"]


@dataclass(frozen=True, slots=True, eq=False)
class WygptFile:
    """A file that was read whole.

    Attributes:
        sizes: its header.
        tensors: (rows, columns) float32 by name, the file's bfloat16 numbers exactly.
        sha256: of the file, in hexadecimal.
    """

    sizes: WygptSizes
    tensors: Mapping[str, NDArray[np.float32]]
    sha256: str


def read_wygpt(file: Path, expected: Mapping[str, int | None]) -> WygptFile:
    """Read a model file; nothing is believed of the header before the file's length agrees.

    Args:
        file: the file.
        expected: what the caller knows of `WygptSizes`, by field; None is not known.

    Raises:
        ModelFileError: the file cannot be read, is no such model, is damaged, or has other sizes
            than expected.
    """
    try:
        _check_kind(file)
        with file.open("rb") as stream:
            return _read(stream, file, expected)
    except OSError as error:
        raise ModelFileError(f"{file}: it cannot be read ({error.strerror})") from error


def write_wygpt(file: Path, sizes: WygptSizes, tensors: Mapping[str, NDArray[np.float32]]) -> None:
    """Write a model file whole or not at all, each number rounded to bfloat16, half to even.

    Args:
        file: the file; replaced when it is there.
        sizes: the header.
        tensors: the undivided tensors of `sizes.tensors()`, by name.

    Raises:
        ModelFileError: the file cannot be written, or a number is too large for bfloat16.
    """
    try:
        # A pipe or a device would be replaced by the file, not written to.
        if file.exists() and not file.is_file():
            kind = "a folder" if file.is_dir() else "no ordinary file"
            raise ModelFileError(f"{file}: it is {kind}; name the file to write")
        temporary = file.with_name(file.name + ".new")
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as stream:
                _write(stream, file, sizes, tensors)
            temporary.replace(file)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise ModelFileError(f"{file}: it cannot be written ({error.strerror})") from error


def _check_kind(file: Path) -> None:
    """Refuse what is no ordinary file; to open a pipe would wait for ever."""
    if not file.exists():
        raise ModelFileError(f"{file}: there is no such file; name one that wyGPT wrote")
    if not file.is_file():
        kind = "a folder" if file.is_dir() else "no ordinary file"
        raise ModelFileError(f"{file}: it is {kind}; name a model file that wyGPT wrote")


def _read(stream: BinaryIO, file: Path, expected: Mapping[str, int | None]) -> WygptFile:
    size = file.stat().st_size
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        raise ModelFileError(
            f"{file}: it has {len(header)} bytes, and a wyGPT header alone {_HEADER.size}; it is "
            "empty or cut short, fetch it again"
        )
    sizes = _check_header(header, file)
    _check_length(sizes, size, file)
    _check_expected(sizes, expected, file)
    digest = hashlib.sha256(header)
    tensors = {}
    for name, shape in sizes.tensors():
        content = stream.read(2 * shape[0] * shape[1])
        digest.update(content)
        tensors[name] = _decode(content, name, shape, file)
    return WygptFile(sizes, tensors, digest.hexdigest())


def _check_header(header: bytes, file: Path) -> WygptSizes:
    context, width, depth, heads, outputs = _HEADER.unpack(header)
    doubt = "it is damaged, or no model file of wyGPT"
    if outputs != VOCABULARY:
        raise ModelFileError(
            f"{file}: its header says {outputs} outputs; a byte has {VOCABULARY} values; {doubt}"
        )
    limits = {"context": context, "width": width, "layers": depth, "heads": heads}
    for name, found in limits.items():
        low, high = LIMITS[name]
        if not low <= found <= high:
            said = "depth" if name == "layers" else name
            raise ModelFileError(
                f"{file}: its header says {said} {found}; it may be {low} to {high}; {doubt}"
            )
    if width % heads:
        raise ModelFileError(
            f"{file}: its header says width {width} and heads {heads}; the width must be a "
            f"multiple of the heads; {doubt}"
        )
    return WygptSizes(context, width, depth, heads)


def _check_length(sizes: WygptSizes, size: int, file: Path) -> None:
    right = sizes.file_bytes()
    if size == right and size <= MOST_BYTES:
        return
    if size < right:
        wrong = "it is cut short or damaged, fetch it again"
    elif size > right:
        wrong = f"the last {size - right} are not the model's; it is damaged, fetch it again"
    else:
        wrong = f"the most that can be read is {MOST_BYTES}"
    raise ModelFileError(
        f"{file}: it has {size} bytes, the sizes in its header (context {sizes.context}, width "
        f"{sizes.width}, depth {sizes.depth}, heads {sizes.heads}) make {right}; {wrong}"
    )


def _check_expected(sizes: WygptSizes, expected: Mapping[str, int | None], file: Path) -> None:
    for name, wanted in expected.items():
        found = getattr(sizes, name)
        if wanted is not None and wanted != found:
            raise ModelFileError(
                f"{file}: its header says {name} {found}, and --{name} is {wanted}; drop the "
                "option or name the file that you mean"
            )


def _decode(content: bytes, name: str, shape: tuple[int, int], file: Path) -> NDArray[np.float32]:
    if len(content) != 2 * shape[0] * shape[1]:
        raise ModelFileError(f"{file}: it became shorter while it was read; try again")
    bits = np.frombuffer(content, "<u2").reshape(shape)
    wrong = np.argwhere((bits & _INFINITE) == _INFINITE)
    if len(wrong):
        row, column = wrong[0]
        raise ModelFileError(
            f"{file}: {len(wrong)} numbers of {name} are infinite or not numbers, the first in row "
            f"{row}, column {column}; the file is damaged, fetch it again"
        )
    return from_bfloat16(bits)


def _write(
    stream: BinaryIO, file: Path, sizes: WygptSizes, tensors: Mapping[str, NDArray[np.float32]]
) -> None:
    header = (sizes.context, sizes.width, sizes.depth, sizes.heads, VOCABULARY)
    stream.write(_HEADER.pack(*header))
    for name, _ in sizes.tensors():
        bits = to_bfloat16(tensors[name])
        if ((bits & _INFINITE) == _INFINITE).any():
            raise ModelFileError(
                f"{file}: {name} holds a number that bfloat16 cannot hold; clip it first"
            )
        stream.write(bits.tobytes())
