"""The original's file: read back bit for bit, and refused with a sentence when it is damaged."""

import os
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.errors import ModelFileError
from training.wygpt_format.file import MOST_BYTES, WygptSizes, read_wygpt, write_wygpt

SIZES = WygptSizes(context=5, width=8, depth=2, heads=2)
COUNT = 2 * (11 * 8 * 8 + 2 * 5) + 256 * 8


def finite_bits(seed):
    """COUNT bfloat16 numbers of all kinds that are finite: zeros of both signs, denormal, huge."""
    bits = np.random.default_rng(seed).integers(0, 2**16, COUNT, dtype=np.uint16)
    bits[:4] = (0x8000, 0x0001, 0x7F7F, 0x0000)
    return np.where((bits & 0x7F80) == 0x7F80, bits & 0x807F, bits).astype("<u2")


def content(header=(5, 8, 2, 2, 256), seed=0):
    return struct.pack("<5I", *header) + finite_bits(seed).tobytes()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "model"
    path.write_bytes(content())
    return path


def refuse(file, expected=None):
    with pytest.raises(ModelFileError) as caught:
        read_wygpt(file, expected or {})
    assert str(file) in str(caught.value)
    return str(caught.value)


def test_parts_lie_in_the_published_order(file):
    numbers = (finite_bits(0).astype("<u4") << 16).view("<f4")

    tensors = read_wygpt(file, {}).tensors

    np.testing.assert_array_equal(tensors["blocks.0.a.u"], numbers[:128].reshape(16, 8))
    np.testing.assert_array_equal(tensors["blocks.0.b.pe"], numbers[192:202].reshape(2, 5))
    np.testing.assert_array_equal(tensors["blocks.0.b.x"], numbers[202:458].reshape(32, 8))
    np.testing.assert_array_equal(tensors["blocks.1.a.u"], numbers[714:842].reshape(16, 8))
    np.testing.assert_array_equal(tensors["head"], numbers[-2048:].reshape(256, 8))
    assert {tensor.dtype for tensor in tensors.values()} == {np.dtype(np.float32)}


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_file_read_and_written_is_the_same_file(seed, tmp_path_factory):
    path = tmp_path_factory.mktemp("m") / "model"
    path.write_bytes(content(seed=seed))

    found = read_wygpt(path, {"context": 5, "width": 8, "depth": 2, "heads": 2})
    write_wygpt(path, found.sizes, found.tensors)

    assert path.read_bytes() == content(seed=seed)
    assert list(path.parent.iterdir()) == [path]


def test_numbers_are_rounded_half_to_even(tmp_path):
    tensors = {name: np.ones(shape, np.float32) for name, shape in SIZES.tensors()}
    tensors["head"][0, :4] = (1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-8 + 2**-20, -1 - 2**-8)

    write_wygpt(tmp_path / "m", SIZES, tensors)

    found = read_wygpt(tmp_path / "m", {}).tensors["head"][0, :4]
    assert found.tolist() == [1, 1 + 2**-6, 1 + 2**-7, -1]


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ((5, 8, 2, 2, 255), "255 outputs; a byte has 256 values"),
        ((5, 8, 2, 2, 50257), "50257 outputs"),
        ((0, 8, 2, 2, 256), "context 0; it may be 2 to"),
        ((5, 8, 0, 2, 256), "depth 0; it may be 1 to"),
        ((5, 8, 2, 0, 256), "heads 0; it may be 1 to"),
        ((5, 2**32 - 1, 2, 2, 256), "width 4294967295; it may be"),
        ((5, 8, 2, 3, 256), "width 8 and heads 3; the width must be a multiple"),
        ((5, 4096, 512, 2, 256), "cut short"),
        ((6, 8, 2, 2, 256), "cut short"),
        ((4, 8, 2, 2, 256), "the last 8 are not the model's"),
    ],
)
def test_headers_that_cannot_be_are_refused(header, sentence, file):
    file.write_bytes(content(header))

    assert sentence in refuse(file)


def test_a_file_cut_anywhere_or_with_more_behind_it_is_refused(file):
    whole = file.read_bytes()

    for length in (0, 1, 19):
        file.write_bytes(whole[:length])
        assert f"it has {length} bytes, and a wyGPT header alone 20" in refuse(file)
    for length in (20, 21, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        assert "cut short or damaged" in refuse(file)
    file.write_bytes(whole + b"\0")
    assert "the last 1 are not the model's" in refuse(file)


def test_a_larger_file_than_memory_should_hold_is_refused_unread(file):
    sizes = WygptSizes(context=512, width=4096, depth=6, heads=4)
    with file.open("wb") as stream:
        stream.write(struct.pack("<5I", 512, 4096, 6, 4, 256))
        stream.truncate(sizes.file_bytes())  # sparse: it takes no room

    assert f"the most that can be read is {MOST_BYTES}" in refuse(file)


@pytest.mark.parametrize("bits", [0x7F80, 0xFF80, 0x7FC0, 0xFFFF])
def test_numbers_that_are_none_are_refused_with_their_place(bits, file):
    changed = bytearray(file.read_bytes())
    struct.pack_into("<H", changed, 20 + 2 * (128 + 8 * 3 + 5), bits)
    file.write_bytes(changed)

    assert "1 numbers of blocks.0.a.o" in refuse(file)
    assert "row 3, column 5" in refuse(file)


def test_sizes_other_than_expected_are_refused(file):
    assert "depth 2, and --depth is 4" in refuse(file, {"context": 5, "depth": 4, "heads": None})


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    assert "no such file" in refuse(tmp_path / "none")
    assert "it is a folder" in refuse(tmp_path)
    assert "no ordinary file" in refuse(tmp_path / "pipe")
    assert "cannot be read" in refuse(tmp_path / ("x" * 5000))


def test_a_number_too_large_for_bfloat16_leaves_no_file(tmp_path):
    tensors = {name: np.ones(shape, np.float32) for name, shape in SIZES.tensors()}
    tensors["head"][7, 7] = np.finfo(np.float32).max

    with pytest.raises(ModelFileError, match="head holds a number that bfloat16 cannot"):
        write_wygpt(tmp_path / "m", SIZES, tensors)

    assert list(tmp_path.iterdir()) == []


def test_writing_over_a_folder_or_a_pipe_is_refused(tmp_path):
    tensors = {name: np.ones(shape, np.float32) for name, shape in SIZES.tensors()}
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(ModelFileError, match="it is a folder"):
        write_wygpt(tmp_path, SIZES, tensors)
    with pytest.raises(ModelFileError, match="it is no ordinary file"):
        write_wygpt(tmp_path / "pipe", SIZES, tensors)
    assert (tmp_path / "pipe").is_fifo()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ModelFileError, match="cannot be written"):
        write_wygpt(tmp_path / "file" / "m", SIZES, tensors)
