"""Compiles a CUDA source of this folder with nvcc, once for each state of the sources."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from inference.errors import BackendError

FOLDER: Final = Path(__file__).resolve().parent
ROOT: Final = FOLDER.parents[2]
CSRC: Final = ROOT / "inference" / "csrc"
FLAGS: Final = (
    *("-std=c++17", "-O3", "-fmad=false", "-DXL_CUDA", "--Werror", "all-warnings"),
    *(f"-I{CSRC}", f"-I{CSRC / 'include'}", f"-I{FOLDER}"),
)
LIBRARY: Final = ("--shared", "-Xcompiler", "-fPIC,-fvisibility=hidden")


def find_nvcc() -> str | None:
    """Return the CUDA compiler's path, or None."""
    return shutil.which("nvcc") or shutil.which("nvcc", path="/usr/local/cuda/bin")


def texts() -> list[Path]:
    """Return everything that a source here may include."""
    folders = [FOLDER, CSRC, *(CSRC / name for name in ("api", "cpu", "cuda", "engine", "include"))]
    kinds = (".h", ".cuh", ".cu")
    return sorted(path for f in folders for path in f.iterdir() if path.suffix in kinds)


def build(source: str, architecture: str, options: Sequence[str] = ()) -> Path:
    """Return a program, or with `LIBRARY` as options a library, made of one source of this folder.

    Args:
        source: its file name.
        architecture: of the device, such as "sm_90".
        options: of nvcc, besides FLAGS.

    Raises:
        BackendError: there is no nvcc, or it fails; the sentence holds the end of what it said.
    """
    nvcc = find_nvcc()
    if nvcc is None:
        raise BackendError("nvcc, which compiles it, is not installed")
    arguments = [*FLAGS, f"-arch={architecture}", *options]
    digest = hashlib.sha256(" ".join(arguments).encode())
    for path in texts():
        digest.update(path.read_bytes())
    target = ROOT / "build" / "gpu" / f"{Path(source).stem}-{digest.hexdigest()[:16]}"
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            made = Path(folder) / "made"
            command = [nvcc, *arguments, str(FOLDER / source), "-o", str(made)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise BackendError(f"nvcc cannot make {source}: {done.stderr.strip()[-400:]}")
            made.replace(target)
    return target
