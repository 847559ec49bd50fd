"""Files of arrays: whole, or refused with a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from knowledge.errors import MappedFileError
from knowledge.mapped import check_seal, map_arrays, write_sealed

ARRAYS = {
    "keys": np.array([1, 2, 2**63], np.uint64),
    "gains": np.array([[0.5, 1.5]], np.float32),
    "docs": np.array([7, 65535], np.uint16),
    "text": np.frombuffer("黄芪".encode(), np.uint8),
    "known": np.array([True, False]),
    "none": np.zeros((0, 96), np.float32),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_sealed(tmp_path / "a.index", ARRAYS)
    return tmp_path / "a.index"


def test_arrays_come_back_as_they_were_and_cannot_be_changed(path: Path) -> None:
    check_seal(path)
    found = map_arrays(path)

    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array)
        assert not found[name].flags.writeable
        assert found[name].ctypes.data % array.itemsize == 0
    assert [one.name for one in path.parent.iterdir()] == ["a.index"], "nothing is left behind"


@pytest.mark.parametrize("cut", [0, 5, 40, 200, -1])
def test_a_file_that_was_cut_off_is_refused(path: Path, cut: int) -> None:
    path.write_bytes(path.read_bytes()[:cut])

    with pytest.raises(MappedFileError, match=r"a\.index"):
        check_seal(path)


def test_every_changed_byte_is_noticed(path: Path) -> None:
    content = path.read_bytes()
    for at in range(0, len(content), 7):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(MappedFileError, match="damaged"):
            check_seal(path)


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [2], "data_offsets": [0, 8000]},
        {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]},
        {"dtype": "F16", "shape": [2], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": 2, "data_offsets": [0, 8]},
        {"dtype": "U64", "shape": [1], "data_offsets": [4, 12]},
        [],
    ],
)
def test_a_header_that_lies_is_refused(tmp_path: Path, entry: object) -> None:
    header = json.dumps({"a": entry}).encode()
    path = tmp_path / "lies"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(64))

    with pytest.raises(MappedFileError, match="lies: a "):
        map_arrays(path)


@pytest.mark.parametrize("content", [b"", b"\xff" * 40, (9).to_bytes(8, "little") + b"no json ."])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other").write_bytes(content)

    with pytest.raises(MappedFileError, match="other"):
        map_arrays(tmp_path / "other")
    with pytest.raises(MappedFileError, match="missing"):
        map_arrays(tmp_path / "missing")
