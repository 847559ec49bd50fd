"""Feeds the loader of model folders with arbitrary ones: each is refused in a sentence, or loads.

    python -m tests.tools.fuzz.checkpoint --seconds 60 --seed 1 [a folder to begin from, ...]

Cards are changed field by field and byte by byte, headers of weights entry by entry and byte by
byte, with a digest that fits or not. No folder may take long, whatever its two files say, or much
memory beside the sizes that the files have. The seed and a number name each folder.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from inference.errors import CheckpointError
from inference.model.checkpoint import Checkpoint, write_checkpoint
from inference.model.config import ngram_shapes, parse_config, wygpt_shapes

MOST_S = 1.0
"""Processor time for one folder of some kilobytes; a whole card of 1 MiB takes a tenth of it."""
MORE_BYTES = 1 << 30
"""Address space beyond what the process has when it begins."""

NUMBERS: list[Any] = [
    *(0, -1, 1, 2, 4, 255, 256, 4096, 65536, 2**24, 2**31 - 1, 2**31, 2**40, 2**63, 2**64, 10**400),
    *(0.5, -0.0, 1e308, 1e-320, float("inf"), float("-inf"), float("nan"), True, False),
]
TEXTS = [
    *("", "a", "gb18030", "utf-8", "wygpt", "wygpt-ngram", "0" * 64, "\x00", "\ud800", "名" * 300),
    *("../../x", "x" * 70_000, "\U0010ffff", "BF16", "F32", "I64", "__metadata__"),
]
NAMES = ["head", "blocks.0.a.u", "blocks.999999999.a.u", "ngram.1", "\ud800", "__metadata__", ""]


def anything(choose: random.Random, depth: int = 0) -> Any:
    """A JSON value of any kind."""
    kind = choose.randrange(7 if depth < 3 else 4)
    if kind < 2:
        return choose.choice(NUMBERS)
    if kind < 4:
        return choose.choice([*TEXTS, None])
    inner = [anything(choose, depth + 1) for _ in range(choose.randrange(5))]
    if kind == 4:
        return inner
    if kind == 5:
        return [choose.choice(NUMBERS)] * choose.choice([1, 8, 9, 3000])
    return {choose.choice([*NAMES, *TEXTS]): one for one in inner}


def changed_bytes(choose: random.Random, content: bytes) -> bytes:
    """Change, cut or lengthen some bytes."""
    found = bytearray(content)
    for _ in range(choose.choice([1, 1, 2, 8])):
        at = choose.randrange(len(found) + 1)
        size = choose.choice([0, 1, 1, 2, 8, 40])
        put = choose.choice([b"", b"\xff", b"\x00", b"[", b"{", b'"', b"9" * 5000, b"[" * 5000])
        found[at : at + size] = put if choose.random() < 0.5 else choose.randbytes(size)
    return bytes(found)


def changed_card(choose: random.Random, fields: dict[str, Any]) -> bytes:
    """Change a card: one or some fields, or its text."""
    fields = dict(fields)
    if choose.random() < 0.2:
        return changed_bytes(choose, json.dumps(fields).encode())
    for _ in range(choose.choice([1, 1, 2, 3])):
        name = choose.choice([*fields, "unsure_bits", "answers", "ngram_rows", "ngram_orders", ""])
        way = choose.random()
        if way < 0.1:
            fields.pop(name, None)
        elif way < 0.4 and isinstance(fields.get(name), int):
            fields[name] = choose.choice([fields[name] * 2, fields[name] + 1, -fields[name]])
        else:
            one = choose.choice([*NUMBERS, *TEXTS])
            fields[name] = choose.choice([one, one, [one], {"bits": one}, anything(choose)])
    return json.dumps(fields).encode()


def changed_weights(choose: random.Random, content: bytes) -> bytes:
    """Change a safetensors file: an entry of its header, the header's length, or its bytes."""
    size = int.from_bytes(content[:8], "little")
    way = choose.random()
    if way < 0.2:
        return changed_bytes(choose, content)
    if way < 0.3:
        lie = choose.choice([0, 1, size - 1, size + 1, len(content), 2**31, 2**63, 2**64 - 1])
        return lie.to_bytes(8, "little") + content[8:]
    text = content[8 : 8 + size]
    if way < 0.5:
        text = changed_bytes(choose, text)
    else:
        header = json.loads(text)
        entry = header[choose.choice([*header])]
        field = choose.choice(["dtype", "shape", "data_offsets", "more"])
        entry[field] = choose.choice(
            [anything(choose), [0, 0], [2**63, 2**63], [1] * 5000, [0, len(content)], "F64", "BF16"]
        )
        if choose.random() < 0.3:
            header[choose.choice(NAMES)] = choose.choice([entry, anything(choose)])
        text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + content[8 + size :]


class Folder:
    """A model folder that is changed and loaded, one time after the other."""

    def __init__(self, whole: Path, place: Path) -> None:
        self.path = Path(shutil.copytree(whole, place))
        self.card, self.weights = self.path / "config.json", self.path / "model.safetensors"
        self._fields = json.loads(self.card.read_text("utf-8"))
        self._content = self.weights.read_bytes()

    def change(self, choose: random.Random) -> None:
        """Write the next folder."""
        fields, content = dict(self._fields), self._content
        what = choose.random()
        if what < 0.6:
            content = changed_weights(choose, content)
        if choose.random() < 0.9:
            fields["sha256"] = hashlib.sha256(content).hexdigest()
        card = changed_card(choose, fields) if what > 0.5 else json.dumps(fields).encode()
        self.weights.write_bytes(content)
        self.card.write_bytes(card)

    def load(self) -> bool:
        """Load it, and tell whether it could be; anything but a refusal in words is an error."""
        began = time.process_time()
        try:
            found = Checkpoint.load(self.path)
        except CheckpointError as error:
            str(error).encode()
            assert str(self.path) in str(error)
            return False
        finally:
            took = time.process_time() - began
            assert took < MOST_S, f"it took {took:.1f} s"
        text = json.dumps(found.config.fields(), ensure_ascii=False)
        text.encode()
        assert parse_config(json.loads(text), "again") == found.config
        return True


def small_models(place: Path) -> list[Folder]:
    """Make whole models of some kilobytes, one of each family that was ever shipped."""
    sizes = {"width": 8, "layers": 2, "heads": 2, "context": 16}
    tables = {"ngram_orders": (1, 2), "ngram_rows": 7}
    words = {"codec": "gb18030", "name": "m", "version": "1", "licence": "Apache-2.0"}
    told = {"corpora": ["none"], "bytes_seen": 0, "valid": {"bits": 1.5}}
    folders = []
    for name, more in (("wygpt", {}), ("wygpt-ngram", tables)):
        shapes = wygpt_shapes(**sizes) | (ngram_shapes(8, (1, 2), 7) if more else {})
        tensors = {tensor: np.ones(shape, np.float32) for tensor, shape in shapes.items()}
        card = {"family": name, **sizes, **words, **told, **more}
        write_checkpoint(place / "whole" / name, tensors, card)
        folders.append(Folder(place / "whole" / name, place / name))
    return folders


@contextmanager
def place_for_many() -> Iterator[Path]:
    """A folder in memory, where there is such a file system: thousands of files go through it."""
    memory = Path("/dev/shm")
    place = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="xl-fuzz-", dir=place) as found:
        yield Path(found)


@contextmanager
def little_memory() -> Iterator[None]:
    """Let this process take no more than `MORE_BYTES` beyond what it has."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = pages * resource.getpagesize() + MORE_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def fuzz(
    folders: list[Folder], seed: int, *, times: int = 2**62, seconds: float = 1e9
) -> list[int]:
    """Load changed folders; return how many were refused and how many loaded.

    Raises:
        AssertionError: what a folder came to, with the seed and the number that name it.
    """
    counts = [0, 0]
    until = time.monotonic() + seconds
    with little_memory():
        for number in range(times):
            if time.monotonic() > until:
                break
            choose = random.Random(f"{seed} {number}")
            folder = folders[number % len(folders)]
            folder.change(choose)
            try:
                counts[folder.load()] += 1
            except BaseException as error:  # what a library of Rust panics with is no Exception
                if isinstance(error, KeyboardInterrupt):
                    raise
                message = f"seed {seed}, number {number}, {folder.path.name}: {error!r}"
                raise AssertionError(message) from error
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None, help="another one each time without it")
    parser.add_argument("folders", type=Path, nargs="*")
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else time.time_ns() % 10**9
    with place_for_many() as place:
        folders = [Folder(path, place / str(n)) for n, path in enumerate(asked.folders)]
        folders = folders or small_models(place)
        refused, loaded = fuzz(folders, seed, seconds=asked.seconds)
    print(f"seed {seed}: {refused} folders refused, {loaded} loaded")
    return 0


if __name__ == "__main__":
    sys.exit(main())
