"""Safetensors files of bf16 and float32 tensors, read and written without PyTorch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import safetensors
from numpy.typing import NDArray

from inference.errors import CheckpointError

HEADER_BYTES = 1 << 20
"""More than any header of ours."""


def read_tensors(
    content: bytes, shapes: Mapping[str, tuple[int, ...]], source: str
) -> dict[str, NDArray[np.float32]]:
    """Decode exactly these tensors as float32.

    Args:
        content: the whole file.
        shapes: the shape that each tensor must have.
        source: name of the file, for the sentences.

    Raises:
        CheckpointError: the file is cut short or no safetensors file; a tensor is missing, not
            expected, of another shape or type, or holds something that is not a finite number.
    """
    try:
        entries: dict[str, dict[str, Any]] = dict(
            safetensors.deserialize(content)  # type: ignore[no-untyped-call]  # of Rust
        )
    except (safetensors.SafetensorError, ValueError, OverflowError, MemoryError) as error:
        raise CheckpointError(
            f"{source}: it is no whole safetensors file ({error}); fetch or export it again"
        ) from error
    for name in entries:
        if name not in shapes:
            raise CheckpointError(f"{source}: the tensor {name!r} is not part of this model")
    for name in shapes:
        if name not in entries:
            raise CheckpointError(f"{source}: the tensor {name!r} is missing")
    return {name: _decode(entries[name], name, shape, source) for name, shape in shapes.items()}


def encode_tensors(tensors: Mapping[str, NDArray[np.float32]], *, exact: bool = False) -> bytes:
    """Return a safetensors file of these tensors rounded to bf16, or where `exact` in float32.

    Written here and not by the library, so that the same tensors give the same bytes (and the
    same digest) whatever version of it is installed.
    """
    header: dict[str, object] = {}
    parts, end = [], 0
    for name, tensor in sorted(tensors.items()):
        data = (np.asarray(tensor, "<f4") if exact else to_bfloat16(tensor)).tobytes()
        header[name] = {
            "dtype": "F32" if exact else "BF16",
            "shape": list(tensor.shape),
            "data_offsets": [end, end + len(data)],
        }
        parts.append(data)
        end += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join((len(text).to_bytes(8, "little"), text, *parts))


def to_bfloat16(x: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Round finite float32 to bf16, half to even; returns the upper 16 bits of each."""
    bits = np.ascontiguousarray(x, dtype="<f4").view("<u4")
    rounded = bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
    return (rounded >> np.uint32(16)).astype("<u2")


def from_bfloat16(bits: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Return bf16 numbers as float32, exactly."""
    return (bits.astype("<u4") << np.uint32(16)).view("<f4").astype(np.float32)


def _decode(
    entry: Mapping[str, Any], name: str, shape: tuple[int, ...], source: str
) -> NDArray[np.float32]:
    found = tuple(entry["shape"])
    if found != shape:
        raise CheckpointError(f"{source}: {name} has shape {found}; it must be {shape}")
    data = entry["data"]
    if entry["dtype"] == "BF16":
        flat = from_bfloat16(np.frombuffer(data, "<u2"))
    elif entry["dtype"] == "F32":
        flat = np.frombuffer(data, "<f4").astype(np.float32)
    else:
        raise CheckpointError(f"{source}: {name} is {entry['dtype']}; it must be BF16 or F32")
    if not np.isfinite(flat).all():
        raise CheckpointError(f"{source}: {name} holds a number that is not finite")
    tensor: NDArray[np.float32] = flat.reshape(shape)
    tensor.setflags(write=False)
    return tensor
