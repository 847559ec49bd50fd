"""Property tests try the same examples in every CI run, and others elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ASK = (
    "import hypothesis, tests.conftest\n"
    "print(hypothesis.settings.default.derandomize, hypothesis.settings.default.deadline)"
)


@pytest.mark.parametrize(
    ("value", "same"), [("true", True), ("1", True), ("", False), ("false", False), (None, False)]
)
def test_examples_are_the_same_where_ci_is_set(value: str | None, same: bool) -> None:
    env = {name: kept for name, kept in os.environ.items() if name != "CI"}
    env |= {} if value is None else {"CI": value}

    done = subprocess.run(
        [sys.executable, "-c", ASK], capture_output=True, text=True, check=True, env=env, cwd=ROOT
    )

    assert done.stdout.split() == [str(same), "None"]
