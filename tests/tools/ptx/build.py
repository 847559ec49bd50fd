"""Builds libraries that run PTX on the host: of our kernels, or of small ones for a test.

Everything lies in build/emulated by the digest of what it was made of, the PTX, too: a message of
a kernel that was stopped names a line there.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.tools.emulator import (
    CSRC,
    EMULATOR,
    FLAGS,
    build_once,
    compile_objects,
    compiler,
    digest_of,
    host_sources,
    link_library,
    run,
    texts,
)
from tests.tools.ptx.translate import translate

NVCC = shutil.which("nvcc") or shutil.which("nvcc", path="/usr/local/cuda/bin")
HERE = Path(__file__).resolve().parent
RUNTIME = [HERE / "csrc" / name for name in ("machine.cpp", "together.cpp", "copies.cpp")]
NAMES = "access body calculate control flow operand parse source translate writer"
TRANSLATOR = [HERE / f"{name}.py" for name in NAMES.split()]
INCLUDE = [HERE / "csrc", EMULATOR]
# Of a kernel that was translated no warning says anything.
KERNEL_FLAGS = [*(flag for flag in FLAGS if not flag.startswith("-W")), "-w"]


def build_ptx(target: str) -> Path:
    """Return the GPU's library whose device runs the PTX for `target`, as "sm_80"."""
    ptx = make_ptx(target)
    host = _relocatable("host", [*host_sources(), EMULATOR / "ptx_device.cpp", *RUNTIME])
    return _library(f"libxinglin_ptx-{target}", ptx.read_text(), host)


def build_kernels(text: str) -> Path:
    """Return a library that runs the kernels of a PTX text; harness.py calls it."""
    return _library(
        "libptx", text, _relocatable("harness", [HERE / "csrc" / "harness.cpp", *RUNTIME])
    )


def make_ptx(target: str) -> Path:
    """Return what nvcc makes of cuda/device.cu, with the flags of CMakeLists.txt."""
    assert NVCC, "nvcc is not installed (make test-tools)"
    flags = ["-std=c++17", "-fmad=false", "-DXL_CUDA", "-ptx", f"-arch={target}"]

    def make(folder: Path) -> Path:
        made = folder / "device.ptx"
        include = [f"-I{CSRC}", f"-I{CSRC / 'include'}"]
        run([str(NVCC), *flags, *include, CSRC / "cuda" / "device.cu", "-o", made])
        return made

    sources = [path for path in texts() if path.is_relative_to(CSRC)]
    digest = digest_of(sources, *flags, run([str(NVCC), "--version"]))
    return build_once(f"device-{target}-{digest}.ptx", make)


def _relocatable(name: str, sources: list[Path]) -> Path:
    """Compile what is the same for all kernels, into one object."""

    def make(folder: Path) -> Path:
        target = folder / "all.o"
        objects = compile_objects(sources, folder, include=INCLUDE)
        run([compiler(), "-r", "-nostdlib", *objects, "-o", target])
        return target

    used = [*texts(), *sorted(HERE.glob("csrc/*.*")), EMULATOR / "ptx_device.cpp"]
    return build_once(f"ptx-{name}-{digest_of(used, *FLAGS)}.o", make)


def _library(name: str, text: str, host: Path) -> Path:
    def make(folder: Path) -> Path:
        sources = []
        for file, code in translate(text).items():
            sources.append(folder / file)
            sources[-1].write_text(code)
        objects = compile_objects(sources, folder, KERNEL_FLAGS, INCLUDE)
        return link_library([*objects, host], folder)

    # The host's part is named by all that it and the headers of the kernels are made of.
    digest = digest_of(TRANSLATOR, text, host.name, *KERNEL_FLAGS)
    return build_once(f"{name}-{digest}.so", make)
