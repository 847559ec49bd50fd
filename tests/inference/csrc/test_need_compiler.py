"""A machine without a compiler is told which package to install, in a line a language."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "inference" / "csrc" / "need_compiler.sh"


def run(tmp_path: Path, release: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run it where no compiler is on PATH."""
    (tmp_path / "os-release").write_text(release)
    (tmp_path / "uname").write_text("#!/bin/sh\necho Linux\n")
    (tmp_path / "uname").chmod(0o755)
    shell = shutil.which("sh") or "/bin/sh"
    own = {"PATH": str(tmp_path), "OS_RELEASE": str(tmp_path / "os-release")}
    return subprocess.run(
        [shell, str(SCRIPT)], env=own | env, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("release", "command"),
    [
        ("ID=debian\n", "apt-get install g++"),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', "apt-get install g++"),
        ('ID="almalinux"\nID_LIKE="rhel centos fedora"\n', "dnf install gcc-c++"),
        ('ID="openEuler"\n', "dnf install gcc-c++"),
        ("ID=alpine\n", "apk add g++"),
        ("ID=arch\n", "pacman -S gcc"),
        ('ID="opensuse-leap"\nID_LIKE="suse opensuse"\n', "zypper install gcc-c++"),
        ("", "dnf install gcc-c++"),
    ],
)
def test_the_package_of_the_system_is_named(tmp_path: Path, release: str, command: str) -> None:
    ended = run(tmp_path, release)

    assert ended.returncode == 1
    english, chinese = ended.stderr.splitlines()
    assert command in english
    assert command in chinese
    assert "编译器" in chinese


def test_a_compiler_that_does_not_start_counts_as_none(tmp_path: Path) -> None:
    stub = tmp_path / "c++"
    stub.write_text("#!/bin/sh\necho 'no tools' >&2\nexit 1\n")
    stub.chmod(0o755)

    assert run(tmp_path, "ID=debian\n").returncode == 1
    named = run(tmp_path, "ID=debian\n", CXX=str(stub))
    assert f"CXX={stub}" in named.stderr


def test_with_one_nothing_is_said() -> None:
    if not any(shutil.which(name) for name in ("c++", "g++", "clang++")):
        pytest.skip("this machine has no compiler")
    own = {name: value for name, value in os.environ.items() if name != "CXX"}

    ended = subprocess.run(
        ["sh", str(SCRIPT)], env=own, capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_make_asks_before_it_installs() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    asks = next(n for n, line in enumerate(lines) if "need_compiler.sh" in line)
    installs = next(n for n, line in enumerate(lines) if line.startswith("\t$(PIP)") and n > asks)

    assert lines[asks - 1].startswith("$(VENV)/.run:")
    assert installs == asks + 2
