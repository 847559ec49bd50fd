import json

import numpy as np
import pytest
import safetensors.numpy
import torch
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import CheckpointError
from inference.model.tensorfile import encode_tensors, from_bfloat16, read_tensors, to_bfloat16

SHAPES = {"a": (2, 3), "b": (1, 4)}


def tensors() -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    return {n: random.standard_normal(s).astype(np.float32) for n, s in SHAPES.items()}


def file_of(entries: dict[str, tuple[str, list[int], bytes]]) -> bytes:
    """A safetensors file by hand: type, shape and data of each tensor."""
    header, data = {}, b""
    for name, (dtype, shape, content) in entries.items():
        offsets = [len(data), len(data) + len(content)]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
        data += content
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


@given(st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=1, max_size=50))
def test_bfloat16_rounds_as_pytorch_does(numbers: list[float]) -> None:
    x = np.array(numbers, np.float32)
    right = torch.from_numpy(x).to(torch.bfloat16).float().numpy()
    back = from_bfloat16(to_bfloat16(x))
    assert back.dtype == np.float32
    assert (back == right).all()


def test_tensors_come_back_rounded_to_bfloat16() -> None:
    written = tensors()
    read = read_tensors(encode_tensors(written), SHAPES, "f")
    for name, tensor in written.items():
        assert read[name].dtype == np.float32
        assert (read[name] == from_bfloat16(to_bfloat16(tensor))).all()
        assert not read[name].flags.writeable


def test_float32_tensors_come_back_exactly() -> None:
    written = tensors()
    read = read_tensors(safetensors.numpy.save(written), SHAPES, "f")
    assert all((read[name] == written[name]).all() for name in SHAPES)


def test_same_tensors_give_the_same_bytes_in_any_order() -> None:
    written = tensors()
    assert encode_tensors(written) == encode_tensors(dict(reversed(written.items())))


def test_transposed_tensor_is_written_in_row_order() -> None:
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    read = read_tensors(encode_tensors({"a": np.asfortranarray(x)}), {"a": (2, 3)}, "f")
    assert (read["a"] == x).all()


@pytest.mark.parametrize("content", [b"", b"x", b"{}" * 20, b"\xff" * 100])
def test_other_files_are_refused(content: bytes) -> None:
    with pytest.raises(CheckpointError, match=r"^f: it is no whole safetensors file"):
        read_tensors(content, SHAPES, "f")


@pytest.mark.parametrize("kept", [1, 7, 8, 20, 100, -1])
def test_file_cut_short_is_refused(kept: int) -> None:
    with pytest.raises(CheckpointError, match=r"^f: it is no whole safetensors file"):
        read_tensors(encode_tensors(tensors())[:kept], SHAPES, "f")


@given(st.data())
def test_damaged_file_is_refused_or_read_but_nothing_else_happens(data: st.DataObject) -> None:
    content = bytearray(encode_tensors(tensors()))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = read_tensors(bytes(content), SHAPES, "f")
    except CheckpointError as error:
        assert str(error).startswith("f: ")
    else:
        assert all(np.isfinite(tensor).all() for tensor in read.values())


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (("F16", [2, 3], b"\0" * 12), "f: a is F16; it must be BF16 or F32"),
        (("I8", [2, 3], b"\0" * 6), "f: a is I8; it must be BF16 or F32"),
        (("F32", [3, 2], b"\0" * 24), r"f: a has shape \(3, 2\); it must be \(2, 3\)"),
        (("F32", [6], b"\0" * 24), r"f: a has shape \(6,\); it must be \(2, 3\)"),
        (
            ("F32", [2, 3], np.array([1, 2, np.nan, 4, 5, 6], "<f4").tobytes()),
            "f: a holds a number that is not finite",
        ),
        (("BF16", [2, 3], b"\x80\x7f" * 6), "f: a holds a number that is not finite"),
    ],
)
def test_tensor_that_cannot_be_used_is_named(
    entry: tuple[str, list[int], bytes], sentence: str
) -> None:
    with pytest.raises(CheckpointError, match=sentence):
        read_tensors(file_of({"a": entry}), {"a": (2, 3)}, "f")


def test_missing_and_foreign_tensors_are_named() -> None:
    content = encode_tensors(tensors())
    with pytest.raises(CheckpointError, match="f: the tensor 'c' is missing"):
        read_tensors(content, {**SHAPES, "c": (1, 1)}, "f")
    with pytest.raises(CheckpointError, match="f: the tensor 'b' is not part of this model"):
        read_tensors(content, {"a": (2, 3)}, "f")
