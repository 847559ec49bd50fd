"""Builds the GPU's library with an emulated device instead of one, for tests."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
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


def texts() -> list[Path]:
    """Everything that the library is made of."""
    folders = [CSRC / name for name in ("api", "cuda", "engine", "include")]
    found = [path for folder in folders for path in folder.iterdir()]
    found += [*CSRC.glob("*.h"), CSRC / "cpu" / "exp.h", CSRC / "cpu" / "layout.h"]
    return sorted([*found, EMULATOR / "emulated_device.cpp", EMULATOR / "emulator.h"])


def build_emulated() -> Path:
    """Return the library; it is built once for each state of the sources."""
    digest = hashlib.sha256(" ".join(FLAGS).encode())
    for path in texts():
        digest.update(path.read_bytes())
    folder = ROOT / "build" / "emulated"
    library = folder / f"libxinglin_cuda-{digest.hexdigest()[:16]}.so"
    if not library.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as place:
            _compile(Path(place)).replace(library)
    return library


def _compile(folder: Path) -> Path:
    compiler = os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++")
    assert compiler, "no C++ compiler: the library of the processor was built with one"

    def make(source: Path) -> Path:
        target = folder / f"{source.parent.name}-{source.stem}.o"
        include = [f"-I{CSRC}", f"-I{CSRC / 'include'}"]
        _run([compiler, *FLAGS, *include, "-c", source, "-o", target])
        return target

    with ThreadPoolExecutor(2) as pool:
        objects = list(pool.map(make, sources()))
    library = folder / "library.so"
    _run([compiler, "-shared", "-Wl,--no-undefined", *objects, "-pthread", "-o", library])
    return library


def _run(command: list[str | Path]) -> None:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
