"""The trainer's self-test in C++ passes here, under sanitizers, and on Arm under an emulator.

It needs no Python, so it is also what runs on a machine or an emulator with other instruction sets.
Each of the three programs is built once for each state of the sources and kept in build/.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.emulated import CSRC, ROOT, build_once, compiler, digest_of, run
from training.native import isa_names

# They compile the whole trainer, and run it under tools that make it many times slower.
pytestmark = pytest.mark.timeout(1200)
CROSS, EMULATOR = "aarch64-linux-gnu-g++", "qemu-aarch64"
TARGET = "xinglin_train_selftest"
# GCC takes more than a minute to optimise one file of instrumented kernels fully, and a fifth of that
# with -O1. What a sanitizer watches, the accesses of the source, is the same.
LIGHTLY = ("-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O1")


def sources() -> list[Path]:
    """All that the program is made of."""
    folders = [CSRC / "train", CSRC / "include", CSRC / "api", ROOT / "tests/training/csrc"]
    found = [path for folder in folders for path in folder.iterdir()]
    return sorted([*found, *CSRC.glob("*.h"), ROOT / "CMakeLists.txt"])


def build(name: str, *options: str, compiled_by: str = "") -> Path:
    def make(folder: Path) -> Path:
        run(["cmake", "-S", ROOT, "-B", folder, "-DXINGLIN_BUILD_SELFTEST=ON", "-DXINGLIN_CUDA=off",
             *options])  # fmt: skip
        run(["cmake", "--build", folder, "--parallel", "2", "--target", TARGET])
        return folder / TARGET

    version = run([compiled_by or compiler(), "--version"])
    return build_once(f"{TARGET}-{name}-{digest_of(sources(), *options, version)}", make)


def test_every_instruction_set_under_sanitizers() -> None:
    said = run([build("address", "-DXINGLIN_SANITIZE=address,undefined", *LIGHTLY)])

    for isa in isa_names():
        assert f"{isa} pairs" in said
    assert "FAIL" not in said


@pytest.mark.slow
def test_threads_under_a_sanitizer() -> None:
    said = run([build("thread", "-DXINGLIN_SANITIZE=thread", *LIGHTLY)])

    assert "FAIL" not in said


@pytest.mark.slow
@pytest.mark.skipif(
    not (shutil.which(CROSS) and shutil.which(EMULATOR)),
    reason=f"{CROSS} and {EMULATOR} are not installed (g++-aarch64-linux-gnu, qemu-user)",
)
def test_arm() -> None:
    options = ["-DCMAKE_SYSTEM_NAME=Linux", "-DCMAKE_SYSTEM_PROCESSOR=aarch64"]
    program = build("arm", *options, f"-DCMAKE_CXX_COMPILER={CROSS}", compiled_by=CROSS)

    said = run([EMULATOR, program])

    assert "neon pairs" in said
    assert "FAIL" not in said
