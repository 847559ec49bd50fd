"""The GPU's kernels compile, for one architecture here and for all with `make cuda`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.tools.emulator import CSRC

NVCC = shutil.which("nvcc") or shutil.which("nvcc", path="/usr/local/cuda/bin")


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(NVCC is None, reason="nvcc is not installed (make test-tools)")
def test_kernels_compile_without_a_warning(tmp_path: Path) -> None:
    binary = tmp_path / "device.cubin"
    done = subprocess.run(
        [
            *(str(NVCC), "-std=c++17", "-fmad=false", "-arch=sm_80", "--cubin", "-DXL_CUDA"),
            *("--Werror", "all-warnings", f"-I{CSRC}", f"-I{CSRC / 'include'}"),
            *(str(CSRC / "cuda" / "device.cu"), "-o", str(binary)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert binary.stat().st_size > 0
