"""Builds the GPU's library with an emulated device instead of one, for tests."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CSRC = ROOT / "inference" / "csrc"
EMULATOR = ROOT / "tests" / "inference" / "csrc"
FLAGS = [
    *("-std=c++17", "-O1", "-fPIC", "-fvisibility=hidden", "-DXL_CUDA"),
    *("-Wall", "-Wextra", "-Wshadow", "-Wconversion"),
    *("-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"),
]


def host_sources() -> list[Path]:
    """All of the GPU's library but its device."""
    found = [*CSRC.glob("engine/*.cpp"), *CSRC.glob("cuda/*.cpp")]
    return [*sorted(found), CSRC / "api" / "engine_api.cpp", CSRC / "api" / "model_api.cpp"]


def texts() -> list[Path]:
    """Everything that the library is made of."""
    folders = [CSRC / name for name in ("api", "cuda", "engine", "include")]
    found = [path for folder in folders for path in folder.iterdir()]
    found += [*CSRC.glob("*.h"), CSRC / "cpu" / "exp.h", CSRC / "cpu" / "layout.h"]
    names = ("emulated_device.cpp", "device_parts.h", "emulator.h")
    return sorted([*found, *(EMULATOR / name for name in names)])


def build_emulated() -> Path:
    """Return the library; it is built once for each state of the sources."""

    def make(folder: Path) -> Path:
        objects = compile_objects([*host_sources(), EMULATOR / "emulated_device.cpp"], folder)
        return link_library(objects, folder)

    digest = digest_of(texts(), " ".join(FLAGS))
    return build_once(f"libxinglin_cuda-{digest}.so", make)


def digest_of(paths: list[Path], *words: str) -> str:
    """Sixteen letters that stand for these files and words."""
    digest = hashlib.sha256("\0".join(words).encode())
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def build_once(name: str, make: Callable[[Path], Path]) -> Path:
    """Return build/emulated/`name`; when it is not there, `make` makes it in an empty folder.

    Of several processes that want it one makes it and the others wait.
    """
    folder = ROOT / "build" / "emulated"
    target = folder / name
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not target.exists():
                with tempfile.TemporaryDirectory(dir=folder) as place:
                    make(Path(place)).replace(target)
    return target


def compile_objects(
    paths: list[Path], folder: Path, flags: list[str] = FLAGS, include: list[Path] | None = None
) -> list[Path]:
    """Compile each source to an object in `folder`, two at a time."""

    def make(source: Path) -> Path:
        target = folder / f"{source.parent.name}-{source.stem}.o"
        places = [CSRC, CSRC / "include", *(include or [])]
        run([compiler(), *flags, *(f"-I{place}" for place in places), "-c", source, "-o", target])
        return target

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(make, paths))


def link_library(objects: list[Path], folder: Path) -> Path:
    """Make a shared library in which nothing is missing."""
    library = folder / "library.so"
    run([compiler(), "-shared", "-Wl,--no-undefined", *objects, "-pthread", "-o", library])
    return library


def compiler() -> str:
    found = os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++")
    assert found, "no C++ compiler: the library of the processor was built with one"
    return found


def run(command: list[str | Path]) -> str:
    """Run a command that must succeed; returns what it prints."""
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout
