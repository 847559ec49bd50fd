"""The trainer's self-test in C++ passes here, under sanitizers, and on Arm under an emulator.

It needs no Python, so it is also what runs on a machine or an emulator with other instruction sets.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from training.native import isa_names

# They compile the whole trainer, and run it under tools that make it many times slower.
pytestmark = pytest.mark.timeout(1200)
ROOT = Path(__file__).resolve().parents[3]
CROSS, EMULATOR = "aarch64-linux-gnu-g++", "qemu-aarch64"


def run(*command: str | Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def build(folder: Path, *options: str) -> Path:
    run("cmake", "-S", ROOT, "-B", folder, "-DXINGLIN_BUILD_SELFTEST=ON", "-DXINGLIN_CUDA=off",
        *options)  # fmt: skip
    run("cmake", "--build", folder, "--parallel", "2", "--target", "xinglin_train_selftest")
    return folder / "xinglin_train_selftest"


def test_every_instruction_set_under_sanitizers(tmp_path: Path) -> None:
    said = run(build(tmp_path, "-DXINGLIN_SANITIZE=address,undefined"))

    for isa in isa_names():
        assert f"{isa} pairs" in said
    assert "FAIL" not in said


@pytest.mark.slow
def test_threads_under_a_sanitizer(tmp_path: Path) -> None:
    said = run(build(tmp_path, "-DXINGLIN_SANITIZE=thread"))

    assert "FAIL" not in said


@pytest.mark.slow
@pytest.mark.skipif(
    not (shutil.which(CROSS) and shutil.which(EMULATOR)),
    reason=f"{CROSS} and {EMULATOR} are not installed (g++-aarch64-linux-gnu, qemu-user)",
)
def test_arm(tmp_path: Path) -> None:
    program = build(
        tmp_path,
        "-DCMAKE_SYSTEM_NAME=Linux",
        "-DCMAKE_SYSTEM_PROCESSOR=aarch64",
        f"-DCMAKE_CXX_COMPILER={CROSS}",
    )

    said = run(EMULATOR, program)

    assert "neon pairs" in said
    assert "FAIL" not in said
