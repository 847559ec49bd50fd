"""The server of one's own data: the newest there is, whatever PATH has first."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from xinglin.embedded import attach
from xinglin.embedded.attachment import START_S
from xinglin.embedded.files import Files
from xinglin.embedded.redis_server import did_not_start, find_program, refuse_older, version_of
from xinglin.errors import EmbeddedError, sentences
from xinglin.settings import Settings


def program(folder: Path, version: str, name: str = "redis-server") -> Path:
    """A program that says it is a Redis of a version; it serves nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\necho 'Redis server v={version} sha=0 bits=64'\n")
    file.chmod(0o755)
    return file


def test_an_older_one_that_stands_first_on_path_is_passed_over(tmp_path: Path) -> None:
    program(tmp_path / "venv", "99.0.2")
    newest = program(tmp_path / "system", "99.10.0")
    program(tmp_path / "other", "99.9.9")
    path = ":".join(str(tmp_path / name) for name in ("venv", "system", "other"))

    assert find_program(path) == newest
    assert version_of(newest) == (99, 10, 0)


def test_a_program_that_says_nothing_is_the_last_choice(tmp_path: Path) -> None:
    silent = tmp_path / "a" / "redis-server"
    silent.parent.mkdir()
    silent.write_text("#!/bin/sh\nexit 1\n")
    silent.chmod(0o755)

    assert version_of(silent) == (0,)
    assert find_program(str(silent.parent)) != silent, "ours, beside Python, says its version"


def test_data_of_a_newer_server_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    """A Redis before 7 would begin with empty data beside the folder that a newer one writes."""
    files = Files.under(tmp_path)
    (files.folder / "appendonlydir").mkdir()

    refuse_older(program(tmp_path / "new", "7.0.0"), files)
    with pytest.raises(EmbeddedError) as refused:
        refuse_older(program(tmp_path / "old", "6.2.14"), files)

    (said,) = sentences(refused.value)
    assert str(files.folder) in said
    assert "更新" in said.zh  # type: ignore[attr-defined]


def test_the_log_says_why_it_did_not_start(tmp_path: Path) -> None:
    files = Files.under(tmp_path)
    earlier = "1:C oO0 Redis is starting oO0\n1:M # Can't handle RDB format version 12\n"
    files.redis_log.write_text(earlier)
    newer = did_not_start(files)
    files.redis_log.write_text(earlier + "1:C oO0 Redis is starting oO0\n1:M # Out of luck\n")
    other = did_not_start(files)

    assert "newer or another server" in newer
    assert other.endswith("Out of luck")
    assert other.zh.endswith("Out of luck")


@pytest.mark.redis
@pytest.mark.slow
def test_a_start_on_data_of_a_newer_server_ends_with_the_sentence(tmp_path: Path) -> None:
    """The beginning of a snapshot of a version that no Redis has."""
    files = Files.under(tmp_path)
    (files.folder / "appendonly.aof").write_bytes(b"REDIS9999" + bytes(64))
    began = time.monotonic()

    with pytest.raises(EmbeddedError, match="newer or another server"):
        attach(Settings(var=tmp_path))

    assert time.monotonic() - began < START_S, "it was not waited for in vain"
    assert (files.folder / "appendonly.aof").read_bytes().startswith(b"REDIS9999")


def test_a_folder_that_cannot_be_written_is_said_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("no folder")

    with pytest.raises(EmbeddedError, match="XINGLIN_VAR") as refused:
        attach(Settings(var=tmp_path / "var"))

    (said,) = sentences(refused.value)
    assert "chown" in said
    assert json.loads(json.dumps(said.zh)).startswith("XINGLIN_VAR")  # type: ignore[attr-defined]
