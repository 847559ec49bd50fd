"""Blocked words: which texts they stop, and how their file changes under a running service."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from xinglin.blocklist import BlockList, read_words
from xinglin.errors import SettingsError


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "words.txt"
    file.write_text(
        "# 注释\n\n神药\n五四三一号\n翻墙\nin: 彩票\nout: Miracle Cure\n", encoding="utf-8"
    )
    return file


@pytest.mark.parametrize(
    ("text", "direction", "found"),
    [
        ("有没有神药？", "in", True),
        ("有没有神药？", "out", True),
        ("神　.药", "in", True),
        ("买彩票", "in", True),
        ("买彩票", "out", False),
        ("a MIRACLE-cure!", "out", True),
        ("ｍｉｒａｃｌｅ cure", "out", True),
        ("miracle cure", "in", False),
        ("有沒有神藥", "in", True),
        ("買彩票", "in", True),
        ("神\u200b药😀", "in", True),
        ("神🙏药", "out", True),
        ("神农尝百草的药", "in", False),
        ("伍肆叁壹號", "in", True),
        ("五四三一号", "out", True),
        ("飜牆", "in", True),
        ("", "in", False),
        ("？！", "out", False),
    ],
)
def test_words_are_found_however_they_are_written(
    path: Path, text: str, direction: str, found: bool
) -> None:
    assert (BlockList(str(path)).find(text, direction) is not None) is found


def test_a_changed_file_is_read_again_and_a_broken_one_changes_nothing(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    words = BlockList(str(path), clock)

    def change(data: bytes, number: int) -> None:
        path.write_bytes(data)
        os.utime(path, ns=(number, number))
        clock.now += 3

    change("新词".encode(), 1)
    assert words.find("新词", "in") is not None
    assert words.find("神药", "in") is None
    with caplog.at_level(logging.ERROR):
        for number, broken in enumerate((b"\xff\xfe\xff", b"in: ???", b"\n" * (5 << 20)), 2):
            change(broken, number)
            assert words.find("新词", "in") is not None
        path.unlink()
        clock.now += 3
        assert words.find("新词", "in") is not None

    reasons = [r.__dict__["error"] for r in caplog.records if r.levelname == "ERROR"]
    assert reasons[0] == "it is not UTF-8 text"
    assert "line 1" in reasons[1]
    assert "bytes" in reasons[2]
    change(b"", 9)
    assert words.find("新词", "in") is None


@pytest.mark.parametrize("kind", ["missing", "folder", "not utf-8", "pipe", "endless"])
def test_a_file_that_cannot_be_read_stops_the_start(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "words"
    if kind == "folder":
        path.mkdir()
    elif kind == "not utf-8":
        path.write_bytes(b"\xff\xff")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "endless":
        path.symlink_to("/dev/zero")

    with pytest.raises(SettingsError, match="XINGLIN_BLOCKED_WORDS"):
        BlockList(str(path))


def test_no_file_blocks_nothing_and_names_hide_the_words() -> None:
    assert BlockList("").find("神药", "in") is None
    (word,) = read_words("神药")
    assert word.name.isascii()
    assert len(word.name) == 8
