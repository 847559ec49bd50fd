"""Nothing is skipped in silence: the plugin against the list in docs/testing.md."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.skips import PAGE, listed_reasons, unlisted

ROOT = Path(__file__).resolve().parents[1]
PATTERNS = listed_reasons(PAGE.read_text("utf-8"))


def run(folder: Path, body: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a file of tests under the plugin alone."""
    (folder / "test_it.py").write_text(f"import pytest\n\n{body}")
    (folder / "conftest.py").write_text(
        "import os\nfrom tests.skips import Skips\n\n"
        "def pytest_configure(config):\n"
        "    config.addinivalue_line('markers', 'gpu: needs one')\n"
        "    config.pluginmanager.register(Skips(strict='STRICT' in os.environ))\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-ra", str(folder)]
    command += ["--rootdir", str(folder), "-c", os.devnull]
    env = (
        os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | environment
    )
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=folder)


def test_reasons_are_patterns_and_the_list_has_each_once() -> None:
    assert len(PATTERNS) == len(set(PATTERNS)) > 15
    for pattern in PATTERNS:
        re.compile(pattern)


@pytest.mark.parametrize("reason", ["too slow today", "no GPU, really", "make faults runs", "ci"])
def test_another_reason_is_found(reason: str) -> None:
    assert unlisted([reason, "no GPU"], PATTERNS) == [reason]


def test_a_reason_that_is_not_listed_fails_a_strict_run_only(tmp_path: Path) -> None:
    body = "def test_it():\n    pytest.skip('too slow today')\n"

    strict, other = run(tmp_path, body, STRICT="1"), run(tmp_path, body)

    assert (strict.returncode, other.returncode) == (1, 0)
    for done in (strict, other):
        assert "docs/testing.md does not list: too slow today" in done.stdout


def test_listed_reasons_pass_until_there_are_too_many(tmp_path: Path) -> None:
    body = "@pytest.mark.parametrize('n', range({}))\ndef test_it(n):\n    pytest.skip('no GPU')\n"

    assert run(tmp_path, body.format(59), STRICT="1").returncode == 0
    done = run(tmp_path, body.format(60), STRICT="1")

    assert done.returncode == 1
    assert "60 tests were skipped; fewer than 60 may be" in done.stdout


@pytest.mark.skipif(Path("/dev/nvidiactl").exists(), reason="there is an NVIDIA device")
def test_cases_for_a_gpu_are_one_skip_that_says_how_many(tmp_path: Path) -> None:
    body = (
        "@pytest.mark.parametrize('n', [1, pytest.param(2, marks=pytest.mark.gpu), "
        "pytest.param(3, marks=pytest.mark.gpu)])\ndef test_it(n):\n    assert n == 1\n"
    )

    done = run(tmp_path, body, STRICT="1")

    assert done.returncode == 0, done.stdout
    assert "1 passed, 1 skipped, 1 deselected" in done.stdout
    assert "no GPU: stands for 2 of this file's cases" in done.stdout
