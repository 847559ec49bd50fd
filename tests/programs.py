"""Builds the self-tests in C++ with CMake: under a sanitizer, or for Arm."""

from __future__ import annotations

from pathlib import Path

from tests.tools.emulator import CSRC, ROOT, build_once, compiler, digest_of, run

CROSS, EMULATOR = "aarch64-linux-gnu-g++", "qemu-aarch64"
ARM = (
    "-DCMAKE_SYSTEM_NAME=Linux",
    "-DCMAKE_SYSTEM_PROCESSOR=aarch64",
    f"-DCMAKE_CXX_COMPILER={CROSS}",
)
# GCC takes more than a minute to optimise one file of instrumented kernels fully, and a fifth of that
# with -O1. What a sanitizer watches, the accesses of the source, is the same.
LIGHTLY = ("-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O1")


def build_with_cmake(*targets: str, sanitizer: str = "", arm: bool = False) -> Path:
    """Build targets of CMakeLists.txt; return the first, a program that keeps to itself.

    It is built once for each state of the sources, and compiler, and kept in build/emulated.
    """
    options = ["-DXINGLIN_BUILD_SELFTEST=ON", "-DXINGLIN_CUDA=off", *(ARM if arm else ())]
    if sanitizer:
        options += [f"-DXINGLIN_SANITIZE={sanitizer}", *LIGHTLY]

    def make(folder: Path) -> Path:
        run(["cmake", "-S", ROOT, "-B", folder, *options])
        run(["cmake", "--build", folder, "--parallel", "2", "--target", *targets])
        return folder / targets[0]

    version = run([CROSS if arm else compiler(), "--version"])
    digest = digest_of(_sources(), *targets, *options, version)
    name = "arm" if arm else sanitizer.partition(",")[0]
    return build_once(f"{targets[0]}-{name}-{digest}", make)


def _sources() -> list[Path]:
    tests = [*ROOT.glob("tests/inference/csrc/*.*"), *ROOT.glob("tests/training/csrc/*.*")]
    return sorted([*CSRC.rglob("*.cpp"), *CSRC.rglob("*.h"), *tests, ROOT / "CMakeLists.txt"])
