"""Builds the GPU's library with an emulated device instead of one, for tests."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CSRC = ROOT / "inference" / "csrc"
EMULATOR = ROOT / "tests" / "inference" / "csrc"
FLAGS = [
    *("-std=c++17", "-O1", "-fPIC", "-fvisibility=hidden", "-DXL_CUDA"),
    *("-Wall", "-Wextra", "-Wshadow", "-Wconversion"),
    *("-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"),
]


def sources() -> list[Path]:
    found = [*CSRC.glob("engine/*.cpp"), *CSRC.glob("cuda/*.cpp"), EMULATOR / "emulated_device.cpp"]
    return [*sorted(found), CSRC / "api" / "engine_api.cpp", CSRC / "api" / "model_api.cpp"]


def build_emulated() -> Path:
    """Return the library; it is built once for each state of the sources."""
    digest = hashlib.sha256(" ".join(FLAGS).encode())
    texts = [*CSRC.rglob("*"), EMULATOR / "emulated_device.cpp", EMULATOR / "emulator.h"]
    for path in sorted(path for path in texts if path.is_file()):
        digest.update(path.read_bytes())
    folder = ROOT / "build" / "emulated"
    library = folder / f"libxinglin_cuda-{digest.hexdigest()[:16]}.so"
    if not library.is_file():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _compile(library)
    return library


def _compile(library: Path) -> None:
    compiler = os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++")
    assert compiler, "no C++ compiler: the library of the processor was built with one"

    def make(source: Path) -> Path:
        target = library.parent / f"{source.parent.name}-{source.stem}.o"
        include = [f"-I{CSRC}", f"-I{CSRC / 'include'}"]
        _run([compiler, *FLAGS, *include, "-c", source, "-o", target])
        return target

    with ThreadPoolExecutor(2) as pool:
        objects = list(pool.map(make, sources()))
    unfinished = library.with_suffix(".part")
    _run([compiler, "-shared", "-Wl,--no-undefined", *objects, "-pthread", "-o", unfinished])
    unfinished.rename(library)


def _run(command: list[str | Path]) -> None:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
