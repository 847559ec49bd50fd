"""The self-test in C++ passes here, and on Arm where a cross compiler and an emulator are there.

It needs no Python, so it is also what runs on a machine or an emulator with other instruction sets.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from inference.backends.native_library import load_library

ROOT = Path(__file__).resolve().parents[3]
SELFTEST = ROOT / "tests" / "inference" / "csrc" / "selftest.cpp"
CROSS, EMULATOR = "aarch64-linux-gnu-g++", "qemu-aarch64"


def run(*command: str | Path, **more: object) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, **more
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def test_every_instruction_set_of_this_machine(tmp_path: Path) -> None:
    library = load_library().path
    compiler = os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++")
    assert compiler, "no C++ compiler: the library was built with one"
    source = ROOT / "inference" / "csrc"
    program = tmp_path / "selftest"
    # The library shows its C functions only; what else the program tries comes from its source.
    run(compiler, "-std=c++17", "-O1", f"-I{source}", f"-I{source / 'include'}", SELFTEST,
        source / "engine" / "pace.cpp", library, "-pthread", f"-Wl,-rpath,{library.parent}",
        "-o", program)  # fmt: skip

    said = run(program)

    for isa in load_library().isa_names():
        assert f"{isa} model" in said
    assert "FAIL" not in said


@pytest.mark.skipif(
    not (shutil.which(CROSS) and shutil.which(EMULATOR)),
    reason=f"{CROSS} and {EMULATOR} are not installed (make test-tools)",
)
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_arm_with_its_dot_product(tmp_path: Path) -> None:
    run("cmake", "-S", ROOT, "-B", tmp_path, "-DCMAKE_SYSTEM_NAME=Linux",
        "-DCMAKE_SYSTEM_PROCESSOR=aarch64", f"-DCMAKE_CXX_COMPILER={CROSS}",
        "-DXINGLIN_BUILD_SELFTEST=ON")  # fmt: skip
    run("cmake", "--build", tmp_path, "--parallel", "2")

    said = run(EMULATOR, tmp_path / "xinglin_selftest")

    assert "neon model" in said
    assert "FAIL" not in said
