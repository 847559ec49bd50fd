"""Files of memories: what is none, is damaged, or is of another codec is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from inference.backends.native_library import load_library
from inference.backends.native_memory import NativeMemory
from inference.compression.memory import Memory
from inference.errors import CompressionError, EngineError

MakeMemory = Callable[..., Path]


def test_memory_says_what_it_is(make_memory: MakeMemory) -> None:
    path = make_memory("汤头歌诀", "桂枝", codec="utf-8")
    memory = Memory(path)
    assert (memory.codec, memory.characters) == ("utf-8", 8)  # a NUL before each text
    assert memory.digest == hashlib.sha256(path.read_bytes()[:-32]).digest()
    memory.require_codec("utf-8")
    with pytest.raises(CompressionError, match="in utf-8, the model reads gb18030; build one"):
        memory.require_codec("gb18030")


def test_every_flipped_byte_and_every_cut_is_refused(
    make_memory: MakeMemory, tmp_path: Path
) -> None:
    whole = make_memory("汤头歌诀" * 9).read_bytes()
    broken = tmp_path / "broken"
    for spot in range(0, len(whole), 7):
        data = bytearray(whole)
        data[spot] ^= 0x40
        for content in (bytes(data), whole[:spot]):
            broken.write_bytes(content)
            with pytest.raises(CompressionError, match="broken: "):
                Memory(broken)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the memory is empty"),
        (b"PK\x03\x04", "this is not a file that `memory build` made"),
        (b"\xf5XLM", "cut short"),
        (b"\xf5XLM\x02" + bytes(99), "format version 2; this program reads 1"),
        (b"\xf5XLM\x01" + bytes(99), "damaged or cut short"),
    ],
)
def test_foreign_file_gets_its_sentence(content: bytes, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(CompressionError, match=sentence):
        Memory(tmp_path / "file")


def test_missing_file_and_folder_get_a_sentence(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path):
        with pytest.raises(CompressionError, match="the memory cannot be read"):
            Memory(path)


def test_library_survives_wrong_numbers_under_a_right_digest(
    make_memory: MakeMemory, tmp_path: Path
) -> None:
    whole = make_memory("汤头歌诀，桂枝汤" * 20).read_bytes()[:-32]
    random, refused = np.random.default_rng(0), 0
    for spot in [*range(5, 64), *random.integers(64, len(whole), 100)]:
        data = bytearray(whole)
        data[spot] ^= int(random.integers(1, 256))
        (tmp_path / "file").write_bytes(data + hashlib.sha256(data).digest())
        try:
            NativeMemory(load_library(), Memory(tmp_path / "file"))
        except EngineError:
            refused += 1
    assert refused > 20
