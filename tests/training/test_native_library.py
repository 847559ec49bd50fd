"""The trainer's binding against its C header."""

from pathlib import Path

from tests.c_header import Header, enum_differences, function_differences, struct_differences
from training import native_library
from training.native_library import ABI_VERSION, TrainLibrary

ROOT = Path(__file__).resolve().parents[2]
HEADER = Header(ROOT / "inference" / "csrc" / "include" / "xinglin_train.h")


def test_the_binding_is_the_header() -> None:
    assert len(HEADER.functions) == 15
    assert len(HEADER.structs) == 5
    assert function_differences(HEADER, TrainLibrary) == []
    assert struct_differences(HEADER, native_library) == []
    assert enum_differences(HEADER, native_library, "XT_") == []
    assert HEADER.numbers == {"XT_ABI_VERSION": ABI_VERSION}
