"""A run's checkpoint: one safetensors file that holds all that the run needs to go on.

Tensors `model.NAME` and `optimizer.NAME`; everything else is JSON in the file's own metadata, so
that weights, optimizer, generator and progress are of one moment or not there at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from training.errors import ModelError, RunError
from training.files import replacing
from training.provenance import Provenance
from training.schedule import Progress, TrainConfig, as_fields, from_fields
from training.shape import PairShape, Shape, Tensors, WygptShape, tensor_shapes

CHECKPOINT: Final = "checkpoint.safetensors"
_FORMAT: Final = "xinglin-run-1"
_TYPES: Final = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "U64": "<u8", "I32": "<i4", "U8": "u1"}
_LARGEST_HEADER: Final = 1 << 28


@dataclass(frozen=True, slots=True, eq=False)
class RunState:
    """A run at one moment.

    Attributes:
        shape: sizes of the model.
        config: how it is trained.
        tensors: its weights, matrices divided by the root of their fan-in.
        optimizer: what the optimizers remember.
        sampler: the state of the windows' generator.
        progress: how far it has come.
        before: what the weights that it began with were made from.
    """

    shape: Shape
    config: TrainConfig
    tensors: Tensors
    optimizer: dict[str, NDArray[Any]]
    sampler: dict[str, Any]
    progress: Progress
    before: Provenance = field(default_factory=Provenance)

    def origin(self) -> Provenance:
        """Return what the weights of this moment were made from."""
        read = (name for name, share in self.config.shares.items() if share > 0)
        return Provenance(
            bytes_seen=self.before.bytes_seen + self.progress.bytes_seen,
            seconds=self.before.seconds + self.progress.seconds,
            corpora=tuple(dict.fromkeys((*self.before.corpora, *read))),
        )


def save_state(run: Path, state: RunState) -> None:
    """Write the checkpoint whole or not at all.

    Raises:
        RunError: it cannot be written; the one before it stays.
    """
    facts = {
        "format": _FORMAT,
        "shape": state.shape.card_fields(),
        "train": as_fields(state.config),
        "sampler": state.sampler,
        "progress": asdict(state.progress),
        "before": asdict(state.before),
    }
    arrays = {f"model.{name}": array for name, array in state.tensors.items()}
    arrays |= {f"optimizer.{name}": array for name, array in state.optimizer.items()}
    path = run / CHECKPOINT
    try:
        with replacing(path) as stream:
            stream.write(_header(arrays, facts))
            for array in arrays.values():
                stream.write(np.ascontiguousarray(array).data)
    except OSError as error:
        kept = "the one before it stays" if path.exists() else "there was none before it"
        raise RunError(
            f"{path} cannot be written at step {state.progress.step} ({error.strerror}); {kept}"
        ) from error


def _header(arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> bytes:
    names = {np.dtype(kind): name for name, kind in _TYPES.items()}
    header: dict[str, Any] = {"__metadata__": {"run": json.dumps(facts, ensure_ascii=False)}}
    end = 0
    for name, array in arrays.items():
        header[name] = {
            "dtype": names[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [end, end + array.nbytes],
        }
        end += array.nbytes
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def load_state(run: Path) -> RunState:
    """Read a run's checkpoint.

    Raises:
        RunError: the folder holds none, or it is damaged; the sentence names file and field.
    """
    path = run / CHECKPOINT
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        old = run / "checkpoint.pt"
        hint = f"; {old} is of an older version, go on from its exported model" * old.exists()
        raise RunError(
            f"{path} does not exist; train first, or name the run's folder{hint}"
        ) from error
    except OSError as error:
        raise RunError(f"{path} cannot be read ({error.strerror})") from error
    header, data = _split(content, path)
    facts = _facts(header, path)
    arrays = {
        name: _array(entry, data, f"{path}: {name}")
        for name, entry in header.items()
        if name != "__metadata__"
    }
    return _state(facts, arrays, path)


def _split(content: bytes, path: Path) -> tuple[dict[str, Any], memoryview]:
    size = int.from_bytes(content[:8], "little")
    if len(content) < 8 + size or not 2 <= size <= _LARGEST_HEADER:
        raise RunError(
            f"{path}: it is cut short or no safetensors file; delete it or copy it again"
        )
    try:
        header = json.loads(content[8 : 8 + size])
    except (ValueError, RecursionError) as error:
        raise RunError(f"{path}: its header is damaged ({error})") from error
    if not isinstance(header, dict):
        raise RunError(f"{path}: its header is no JSON object")
    return header, memoryview(content)[8 + size :]


def _facts(header: Mapping[str, Any], path: Path) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads(header["__metadata__"]["run"])
        found = facts["format"]
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{path}: its metadata has no field 'run'; it is no run's file") from error
    if found != _FORMAT:
        raise RunError(f"{path}: its format is {found!r}; this version reads {_FORMAT!r}")
    return facts


def _array(entry: Any, data: memoryview, place: str) -> NDArray[Any]:
    try:
        begin, end = entry["data_offsets"]
        flat = np.frombuffer(data[begin:end], _TYPES[entry["dtype"]])
        array = flat.reshape(entry["shape"]).copy()
        complete = end - begin == array.nbytes
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{place} is damaged or cut short ({error})") from error
    if not complete:
        raise RunError(f"{place} is cut short; the file is damaged")
    return array


def _state(facts: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], path: Path) -> RunState:
    try:
        shape = shape_of(facts["shape"])
        config = from_fields(facts["train"])
        progress = Progress(**facts["progress"])
        before = Provenance(**{**facts["before"], "corpora": tuple(facts["before"]["corpora"])})
        sampler = facts["sampler"]
    except (KeyError, TypeError, ValueError, ModelError, RunError) as error:
        raise RunError(f"{path}: its metadata cannot be used ({error})") from error
    tensors = _named(arrays, "model.")
    _check_tensors(tensors, shape, path)
    return RunState(shape, config, tensors, _named(arrays, "optimizer."), sampler, progress, before)


def _named(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {n.removeprefix(prefix): array for n, array in arrays.items() if n.startswith(prefix)}


def _check_tensors(tensors: Mapping[str, NDArray[Any]], shape: Shape, path: Path) -> None:
    expected = tensor_shapes(shape)
    for name in (*expected, *tensors):
        wanted = expected.get(name)
        found = tensors[name].shape if name in tensors else None
        if wanted != found:
            raise RunError(f"{path}: model.{name} has shape {found}; its sizes make {wanted}")


def shape_of(fields: Mapping[str, Any]) -> Shape:
    """Return the shape that `card_fields` wrote.

    Raises:
        ModelError: no model can have such sizes.
        TypeError: a field is unknown.
    """
    sizes = {name: value for name, value in fields.items() if name != "family"}
    return PairShape(**sizes) if fields["family"] == "wygpt-pair" else WygptShape(**sizes)
