"""Whatever lies in a model folder is read within bounds, or refused with a sentence."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.errors import CheckpointError
from inference.model.checkpoint import Checkpoint
from inference.model.files import memory_bytes, read_file

TCM = Path(__file__).resolve().parents[3] / "models" / "tcm"


def sparse(file: Path, size: int) -> None:
    with file.open("wb") as opened:
        opened.truncate(size)


HOSTILE: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a device": lambda file: file.symlink_to("/dev/zero"),
    "a link to itself": lambda file: file.symlink_to(file),
    "a link to a pipe": lambda file: (
        os.mkfifo(file.with_suffix(".fifo")),
        file.symlink_to(file.with_suffix(".fifo")),
    ),
    "a link to nowhere": lambda file: file.symlink_to("/nowhere/at/all"),
    "a folder": Path.mkdir,
    "far too large": lambda file: sparse(file, 1 << 42),
    "empty": lambda file: file.write_bytes(b""),
    "of the kernel": lambda file: file.symlink_to("/proc/self/maps"),
}
FIELDS: dict[str, object] = {
    "unsure_bits huge": {"unsure_bits": 10**400},
    "unsure_bits infinite": {"unsure_bits": float("inf")},
    "unsure_bits no number": {"unsure_bits": float("nan")},
    "unsure_bits deep": {"unsure_bits": [[[[]]]]},
    "valid huge": {"valid": {"bits": 10**400}},
    "valid surrogate": {"valid": {"\ud800": 1}},
    "corpora surrogate": {"corpora": ["\udfff"]},
    "width huge": {"width": 10**400},
    "width negative": {"width": -(10**400)},
    "bytes_seen huge": {"bytes_seen": 10**400},
    "parameters huge": {"parameters": 10**400},
    "layers a float": {"layers": 1e308},
    "family a list": {"family": ["wygpt"]},
    "codec an object": {"codec": {}},
    "sha256 null": {"sha256": None},
    "answers a text": {"answers": "yes"},
    "name of nothing": {"name": "\x00"},
    "weights of a terabyte": {
        "width": 4096, "layers": 512, "heads": 256, "context": 65536,
        "parameters": 512 * (11 * 4096**2 + 256 * 65536) + 256 * 4096,
    },
}  # fmt: skip
TEXTS = {
    "deep": b"[" * 500_000,
    "deep objects": b'{"a":' * 100_000,
    "a number of a million digits": b'{"unsure_bits": ' + b"9" * 1_000_000 + b"}",
    "an exponent": b'{"unsure_bits": 1e999999999}',
    "no UTF-8": b"\xff\xfe\x00",
    "not an object": b"[]",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "m"
    shutil.copytree(TCM, target)
    return target


def refused(folder: Path) -> str:
    began = time.monotonic()
    with pytest.raises(CheckpointError) as caught:
        Checkpoint.load(folder)
    assert time.monotonic() - began < 5
    said = str(caught.value)
    assert len(said) < 600
    said.encode()
    return said


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_what_is_no_file_of_a_model_is_refused(folder: Path, name: str, what: str) -> None:
    (folder / name).unlink()
    HOSTILE[what](folder / name)

    assert name in refused(folder)


@pytest.mark.parametrize("what", FIELDS)
def test_a_field_out_of_every_range_is_refused(folder: Path, what: str) -> None:
    card = folder / "config.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | FIELDS[what]))

    assert "config.json" in refused(folder)


@pytest.mark.parametrize("what", TEXTS)
def test_a_card_that_is_no_card_is_refused(folder: Path, what: str) -> None:
    (folder / "config.json").write_bytes(TEXTS[what])

    assert "config.json" in refused(folder)


@pytest.mark.parametrize("header", [b"\xff" * 8, b"\x00" * 8, (1 << 20).to_bytes(8, "little")])
def test_weights_whose_header_lies_are_refused(folder: Path, header: bytes) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(header + weights.read_bytes()[8:])

    assert "model.safetensors" in refused(folder)


def test_a_deep_header_is_refused(folder: Path) -> None:
    text = b"[" * 200_000
    (folder / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text)

    assert "model.safetensors" in refused(folder)


def test_a_link_to_a_good_file_is_followed(folder: Path, tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors"):
        shutil.move(folder / name, tmp_path / name)
        (folder / name).symlink_to(tmp_path / name)

    assert Checkpoint.load(folder).name


def test_a_file_that_grows_while_it_is_read_is_bounded(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="more than the 100 bytes"):
        read_file(Path("/proc/self/maps"), 100)
    with pytest.raises(CheckpointError, match="is not the name"):
        read_file(tmp_path / "a\x00b", 100)


def test_the_memory_of_this_machine_is_known() -> None:
    assert 1 << 28 < memory_bytes() < 1 << 50
