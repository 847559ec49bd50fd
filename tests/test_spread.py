"""Processes and order of a run's tests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.spread import FIRST, LAST, LAST_BEGIN

ROOT = Path(__file__).resolve().parents[1]
CONFTEST = """
import sys
sys.path.insert(0, {root!r})
def pytest_xdist_make_scheduler(config, log):
    from tests.spread import ByFile
    return ByFile(config, log)
"""


def spread(folder: Path, processes: int) -> list[tuple[str, str]]:
    """Run tests under the scheduler; return process and file of each in the order they ended in."""
    (folder / "conftest.py").write_text(CONFTEST.format(root=str(ROOT)))
    for name in (
        f"{LAST}test_a.py",
        LAST_BEGIN[1],
        LAST_BEGIN[0],
        "tests/test_c.py",
        *FIRST[1::-1],
    ):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        many = 1 if name in FIRST else 3
        file.write_text("".join(f"def test_{n}():\n    pass\n\n" for n in range(many)))
    command = [sys.executable, "-m", "pytest", "-n", str(processes), "-v", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "tests"], capture_output=True, text=True, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stdout
    return re.findall(r"^\[(gw\d)\].*PASSED (\S+)::", done.stdout, re.MULTILINE)


def test_files_stay_together(tmp_path: Path) -> None:
    ran = spread(tmp_path, 2)

    homes: dict[str, set[str]] = {}
    for process, file in ran:
        homes.setdefault(file, set()).add(process)
    assert len(ran) == 14
    assert len(homes) == 6
    assert all(len(processes) == 1 for processes in homes.values())


def test_what_takes_long_begins_and_crowds_come_last_the_long_ones_first(tmp_path: Path) -> None:
    files = [file for _, file in spread(tmp_path, 1)]

    assert list(dict.fromkeys(files)) == [
        *FIRST[:2],
        "tests/test_c.py",
        *LAST_BEGIN[:2],
        f"{LAST}test_a.py",
    ]


def test_what_begins_first_and_last_is_there() -> None:
    for name in (*FIRST, LAST, *LAST_BEGIN):
        assert (ROOT / name).exists(), name
