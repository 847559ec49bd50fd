"""The binding against the C header."""

import ctypes
from pathlib import Path

import numpy as np
import pytest

from inference.backends import native_library
from inference.backends.native_library import Library, load_library
from inference.compression.stream import CODER_VERSION
from inference.config import MAX_BATCH
from inference.sampling import METHODS
from tests.c_header import Header, enum_differences, function_differences, struct_differences
from xinglin.settings import Settings

INCLUDE = Path(__file__).resolve().parents[3] / "inference" / "csrc" / "include"
HEADER = Header(INCLUDE / "xinglin.h")


def test_functions_are_those_of_the_header() -> None:
    assert len(HEADER.functions) > 40
    assert function_differences(HEADER, Library) == []


def test_structs_are_those_of_the_header() -> None:
    assert len(HEADER.structs) == 11
    assert struct_differences(HEADER, native_library) == []


def test_enums_are_those_of_the_header() -> None:
    methods = HEADER.enums.pop("xl_method")
    assert enum_differences(HEADER, native_library, "XL_") == []
    assert list(methods) == [f"XL_{name.upper().replace('-', '_')}" for name in METHODS]
    assert list(methods.values()) == list(range(len(METHODS)))


def test_numbers_are_those_of_the_header() -> None:
    assert HEADER.numbers == {
        "XL_ABI_VERSION": Library.ABI,
        "XL_CODER_VERSION": CODER_VERSION,
        "XL_MAX_BATCH": MAX_BATCH,
    }
    assert Settings.__dataclass_fields__["max_batch"].metadata["most"] == MAX_BATCH


def test_a_binding_that_differs_is_noticed(tmp_path: Path) -> None:
    class Other(Library):
        engine_close: native_library.EngineHandle

    text = (INCLUDE / "xinglin.h").read_text()
    for old, new in (
        ("size_t have, double timeout_s", "int32_t have, double timeout_s"),
        ("  int32_t top_k;\n  double temperature;", "  double temperature;\n  int32_t top_k;"),
        ("  int32_t max_bytes;\n", "  int64_t max_bytes;\n"),
        ("XL_LOST = 7", "XL_LOST = 8"),
    ):
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "other.h"
    path.write_text(text)
    other = Header(path)

    assert function_differences(HEADER, Other) == ["xl_engine_close"]
    assert function_differences(other, Library) == ["xl_sequence_wait"]
    assert struct_differences(other, native_library) == ["xl_request", "xl_sampling"]
    other.enums.pop("xl_method")
    assert enum_differences(other, native_library, "XL_") == ["xl_finish"]


def test_arguments_of_another_type_are_refused() -> None:
    library = load_library()
    wide, rows = np.zeros((4, 4)), np.zeros((4, 4), np.float32)
    for wrong in (wide, rows[:, ::2]):
        with pytest.raises(ctypes.ArgumentError, match="contiguous float32"):
            library.op_exp(b"auto", wrong, 8, rows)
    with pytest.raises(ctypes.ArgumentError):
        library.engine_close(native_library.SequenceHandle())
