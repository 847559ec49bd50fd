"""`xinglin library` hands its arguments to a process of its own, and ends as that does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def ended(*arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "bot.cli", "library", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    return done.returncode, done.stdout.decode()


def test_arguments_and_the_status_pass_through(tmp_path: Path) -> None:
    book = tmp_path / "a.txt"
    book.write_text("《甲书》 乙 清\n## 不寐\n夜卧不安，神不守舍，名曰不寐。\n", encoding="utf-8")
    out = str(tmp_path / "out")

    assert ended("build", out, str(book))[0] == 0
    code, shown = ended("find", out, "不寐", "--limit", "1")
    assert code == 0
    assert "——《甲书》（乙·清）" in shown
    assert ended("info", str(tmp_path / "none"))[0] == 2
    assert ended("dance")[0] == 2
    assert ended()[0] == 0
