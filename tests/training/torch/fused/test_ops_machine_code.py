"""The kernels as machine code: no GPU is needed to make it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("triton")

# What a block may have, in bytes: sm_80, sm_86 and sm_89, sm_90.
SHARED = {80: 166_912, 86: 101_376, 90: 232_448}


@pytest.mark.slow
@pytest.mark.parametrize(("architecture", "width"), [(80, 48), (86, 256), (90, 48)])
def test_kernels_compile_and_fit(tmp_path, architecture, width):
    # The interpreter is on in this process, so another one compiles.
    program = Path(__file__).with_name("machine_code.py")
    environment = {**os.environ, "TRITON_CACHE_DIR": str(tmp_path), "TRITON_INTERPRET": "0"}
    done = subprocess.run(
        [sys.executable, program, str(architecture), str(width), "2"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == 8
    assert all(row["shared"] <= SHARED[architecture] for row in rows)
    assert [row["mma"] > 0 for row in rows] == 5 * [False] + 3 * [True]
