"""A safetensors file mapped into memory: processes share its pages, and nothing is copied.

The format (github.com/huggingface/safetensors) is a length, a JSON header and plain arrays; the
library's own reader copies. An index ends with the SHA-256 of all before it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from knowledge.errors import MappedFileError

Arrays = Mapping[str, NDArray[Any]]
_KINDS: dict[str, Any] = {
    "U8": np.uint8, "I8": np.int8, "BOOL": np.bool_, "U16": np.uint16, "U32": np.uint32,
    "I32": np.int32, "U64": np.uint64, "I64": np.int64, "F32": np.float32, "F64": np.float64,
}  # fmt: skip
_LENGTH_BYTES, _LARGEST_HEADER, _SEAL_BYTES = 8, 1 << 20, 32
_CHUNK = 1 << 20


def map_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file, read-only.

    Raises:
        MappedFileError: it is missing, cut off or no such file.
    """
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(_LENGTH_BYTES), "little")
            if not 2 <= size <= _LARGEST_HEADER:
                raise MappedFileError(f"{path}: no header; the file is damaged")
            header = json.loads(file.read(size))
            whole = np.memmap(file, np.uint8, "r", offset=0)
    except (OSError, ValueError, RecursionError) as error:
        raise MappedFileError(f"{path}: cannot be read ({error})") from error
    start = _LENGTH_BYTES + size
    return {
        name: _array(path, whole[start:], name, entry)
        for name, entry in header.items()
        if name != "__metadata__"
    }


def _array(path: Path, content: NDArray[np.uint8], name: str, entry: Any) -> NDArray[Any]:
    try:
        kind, shape = np.dtype(_KINDS[entry["dtype"]]), [int(one) for one in entry["shape"]]
        start, end = (int(one) for one in entry["data_offsets"])
    except (KeyError, TypeError, ValueError) as error:
        raise MappedFileError(f"{path}: {name} is described by {entry!r}") from error
    if min(shape, default=1) < 0 or not 0 <= start <= end <= len(content):
        raise MappedFileError(f"{path}: {name} stands outside of the file")
    if end - start != prod(shape) * kind.itemsize or start % kind.itemsize:
        raise MappedFileError(f"{path}: {name} has {end - start} bytes for {kind} {shape}")
    return np.asarray(content[start:end].view(kind).reshape(shape))


def write_sealed(path: Path, arrays: Arrays) -> None:
    """Write arrays with their digest, so that the file is there whole or not at all.

    Raises:
        OSError: the folder cannot be written.
    """
    content = save({name: np.ascontiguousarray(one) for name, one in arrays.items()})
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.write(hashlib.sha256(content).digest())
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def check_seal(path: Path) -> None:
    """See that a file is as it was written; it is read, not mapped, so that its pages stay shared.

    Raises:
        MappedFileError: it is missing, cut off or changed.
    """
    try:
        with path.open("rb") as file:
            left = os.fstat(file.fileno()).st_size - _SEAL_BYTES
            digest = hashlib.sha256()
            while left > 0 and (part := file.read(min(_CHUNK, left))):
                digest.update(part)
                left -= len(part)
            seal = file.read(_SEAL_BYTES)
    except OSError as error:
        raise MappedFileError(f"{path}: cannot be read ({error.strerror})") from error
    if left or digest.digest() != seal:
        raise MappedFileError(f"{path}: is damaged, or was cut off")
