"""The self-test in C++ passes here, and on Arm where a cross compiler and an emulator are there.

It needs no Python, so it is also what runs on a machine or an emulator with other instruction sets.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from inference.backends.native_library import load_library
from tests.programs import CROSS, EMULATOR, build_with_cmake
from tests.tools.emulator import CSRC, ROOT, compiler, run

SELFTEST = ROOT / "tests" / "inference" / "csrc" / "selftest.cpp"


def test_every_instruction_set_of_this_machine(tmp_path: Path) -> None:
    library = load_library().path
    program = tmp_path / "selftest"
    # The library shows its C functions only; what else the program tries comes from its source.
    run([compiler(), "-std=c++17", "-O1", f"-I{CSRC}", f"-I{CSRC / 'include'}", SELFTEST,
         CSRC / "engine" / "batch_tuner.cpp", library, "-pthread", f"-Wl,-rpath,{library.parent}",
         "-o", program])  # fmt: skip

    said = run([program])

    for isa in load_library().isa_names():
        assert f"{isa} model" in said
    assert "FAIL" not in said


@pytest.mark.skipif(
    not (shutil.which(CROSS) and shutil.which(EMULATOR)),
    reason=f"{CROSS} and {EMULATOR} are not installed (make test-tools)",
)
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_arm_with_its_dot_product() -> None:
    said = run([EMULATOR, build_with_cmake("xinglin_selftest", "xinglin_cpu", arm=True)])

    assert "neon model" in said
    assert "FAIL" not in said
