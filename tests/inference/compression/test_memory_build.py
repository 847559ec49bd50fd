"""Texts to memories."""

from __future__ import annotations

import io
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.compression import memory_build
from inference.compression.memory import Memory
from inference.compression.memory_build import build_memory
from inference.errors import CompressionError, PromptError

MakeMemory = Callable[..., Path]


def built(*files: Path, codec: str = "gb18030") -> bytes:
    sink = io.BytesIO()
    build_memory(files, sink, codec)
    return sink.getvalue()


def test_packed_text_gives_the_memory_of_the_plain_one(tmp_path: Path) -> None:
    text = "汤头歌诀\r\n🍵".encode()
    (tmp_path / "a.txt").write_bytes(text)
    (tmp_path / "a.txt.xz").write_bytes(lzma.compress(text))
    assert built(tmp_path / "a.txt") == built(tmp_path / "a.txt.xz")


def test_each_text_begins_anew(make_memory: MakeMemory) -> None:
    index = Memory(make_memory("ab", "ac", codec="utf-8")).index
    assert [code >> 24 for code in index.codes] == [0, ord("a"), ord("b"), ord("c")]
    assert index.before == [0, 2, 4, 5, 6]


def test_single_character_and_long_repetition_are_counted(make_memory: MakeMemory) -> None:
    for text in ("a", "a" * 5000, "ab" * 5000):
        assert Memory(make_memory(text)).characters == len(text) + 1


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.txt", b"", "a.txt: it is empty"),
        ("a.txt", b"ab\xff", "a.txt: byte 2 is not UTF-8"),
        ("a.txt.xz", b"no xz", "a.txt.xz: it cannot be unpacked"),
        ("a.txt.xz", lzma.compress(b"abc" * 99)[:-20], "a.txt.xz: it cannot be unpacked"),
    ],
)
def test_bad_text_gets_its_sentence(
    name: str, content: bytes, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises((PromptError, CompressionError), match=sentence):
        built(tmp_path / name)


def test_missing_text_and_none_get_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="nothing: it cannot be read"):
        built(tmp_path / "nothing")
    with pytest.raises(CompressionError, match="there is no text to count"):
        built()


def test_too_much_text_is_refused_before_it_is_sorted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_build, "MOST_CHARACTERS", 10)
    (tmp_path / "a.txt").write_text("a" * 10)
    with pytest.raises(CompressionError, match="more than 10 characters"):
        built(tmp_path / "a.txt")
