"""Backup files: whole or refused, and the earlier one kept until then."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from xinglin.backup.archive import Manifest, Writer, new_file, open_archive
from xinglin.errors import BackupError

LONG = os.urandom(300_000)


def write(path: Path, format_: int = 1, **parts: bytes) -> None:
    with new_file(path) as file, Writer(file) as writer:
        for name, content in parts.items():
            with writer.part(name) as part:
                part.write(content)
        writer.finish(
            Manifest(format=format_, xinglin="1", redis="7", made_at=1.0, parts=writer.parts)
        )


def test_parts_come_back_and_nobody_else_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"

    write(path, one=LONG, two=b"2")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with open_archive(path) as reader:
        assert reader.names("") == ["one", "two"]
        with reader.part("one") as part:
            assert part.read() == LONG
    assert zipfile.ZipFile(path).testzip() is None, "any program opens it"


@pytest.mark.parametrize("at", [0.1, 0.5, 0.9])
def test_a_byte_that_changed_is_told_with_its_part(tmp_path: Path, at: float) -> None:
    path = tmp_path / "b.zip"
    write(path, one=LONG)
    content = bytearray(path.read_bytes())
    content[int(at * len(content))] ^= 0x55
    path.write_bytes(content)

    with pytest.raises(BackupError, match="damaged: one is not"), open_archive(path):
        pass


@pytest.mark.parametrize("kept", [0, 10, 1000, 299_000])
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "b.zip"
    write(path, one=LONG)
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises(BackupError, match="its end is missing"), open_archive(path):
        pass


def test_a_newer_format_asks_for_an_update(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    write(path, format_=2, one=b"1")

    with pytest.raises(BackupError, match="newer Xinglin") as raised, open_archive(path):
        pass
    assert "更新版本" in raised.value.problems[0].zh  # type: ignore[attr-defined]


def test_a_part_that_the_manifest_does_not_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    write(path, one=b"1")
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("more", "x")

    with pytest.raises(BackupError, match="damaged: more"), open_archive(path):
        pass


@pytest.mark.parametrize("manifest", ["[]", "{", '{"format": 1}', None])
def test_a_zip_of_somebody_else_is_refused(tmp_path: Path, manifest: str | None) -> None:
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme", "hello")
        if manifest is not None:
            file.writestr("manifest.json", manifest)

    with pytest.raises(BackupError, match="damaged: manifest"), open_archive(path):
        pass


def test_a_part_never_leads_out_of_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    write(path, **{"account/../../evil": b"x"})

    with pytest.raises(BackupError, match="evil"), open_archive(path):
        pass


def test_a_failure_leaves_the_earlier_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    write(path, one=b"1")
    before = path.read_bytes()

    with pytest.raises(RuntimeError), new_file(path) as file, Writer(file) as writer:
        with writer.part("one") as part:
            part.write(LONG)
        raise RuntimeError

    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["b.zip"]


FULL = """
import resource, sys
from pathlib import Path
from tests.xinglin.backup.test_archive import write
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from xinglin.errors import BackupError
import os
try:
    write(Path(sys.argv[1]), one=os.urandom(300_000))
except BackupError as error:
    print(error)
"""


def test_a_file_that_cannot_grow_ends_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    write(path, one=b"1")
    before = path.read_bytes()

    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, check=True
    )

    assert "cannot be read or written (File too large)" in done.stdout
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_called_so() -> None:
    from xinglin.backup.errors import file_errors

    full = Path("/dev/full")
    with pytest.raises(BackupError, match="the disk is full"), file_errors(full):
        full.write_bytes(b"x")


def test_what_a_killed_process_left_is_removed_and_what_another_writes_is_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "b.zip"
    (tmp_path / ".b.zip.killed.part").write_bytes(b"half")

    with new_file(path) as file:
        file.write(b"slow")
        write(path, one=b"1")
        assert len(list(tmp_path.glob(".b.zip.*.part"))) == 1
    assert path.read_bytes() == b"slow"
    assert [one.name for one in tmp_path.iterdir()] == ["b.zip"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="nowhere"), new_file(tmp_path / "nowhere" / "b.zip"):
        pass
    with pytest.raises(BackupError, match=r"missing\.zip"), open_archive(tmp_path / "missing.zip"):
        pass
