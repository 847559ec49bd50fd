"""The trainer's self-test in C++ passes here, under sanitizers, and on Arm under an emulator.

It needs no Python, so it is also what runs on a machine or an emulator with other instruction sets.
"""

from __future__ import annotations

import shutil

import pytest

from tests.programs import CROSS, EMULATOR, build_with_cmake
from tests.tools.emulator import run
from training.native import isa_names

# They compile the whole trainer, and run it under tools that make it many times slower.
pytestmark = pytest.mark.timeout(1200)
TARGET = "xinglin_train_selftest"


def test_every_instruction_set_under_sanitizers() -> None:
    said = run([build_with_cmake(TARGET, sanitizer="address,undefined")])

    for isa in isa_names():
        assert f"{isa} pairs" in said
    assert "FAIL" not in said


@pytest.mark.slow
def test_threads_under_a_sanitizer() -> None:
    said = run([build_with_cmake(TARGET, sanitizer="thread")])

    assert "FAIL" not in said


@pytest.mark.slow
@pytest.mark.skipif(
    not (shutil.which(CROSS) and shutil.which(EMULATOR)),
    reason=f"{CROSS} and {EMULATOR} are not installed (g++-aarch64-linux-gnu, qemu-user)",
)
def test_arm() -> None:
    said = run([EMULATOR, build_with_cmake(TARGET, "xinglin_train", arm=True)])

    assert "neon pairs" in said
    assert "FAIL" not in said
