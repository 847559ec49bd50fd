"""`python -m knowledge.library`: what it prints, and how it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from knowledge.library.cli import main
from tests.knowledge.library.books import write_books

ROOT = Path(__file__).resolve().parents[3]


def test_build_info_and_find(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "out")

    assert main(["build", out, *map(str, write_books(tmp_path))]) == 0
    assert "3 books" in capsys.readouterr().out
    assert main(["info", out, "--check"]) == 0
    assert capsys.readouterr().out.endswith("whole\n")
    assert main(["find", out, "古人怎么说不寐", "--limit", "1"]) == 0
    assert capsys.readouterr().out.count("——《") == 1
    assert main(["find", out, "失眠", "--also", "不寐"]) == 0
    assert "《青竹医经》（陆青竹·汉）" in capsys.readouterr().out
    assert main(["find", out, "--oldest", "未渴而先穿井"]) == 0
    assert "《青竹医经》（陆青竹·汉）" in capsys.readouterr().out
    assert main(["find", out, "--facts", "石竹根"]) == 0
    assert "毒 小毒  「" in capsys.readouterr().out


def test_a_build_that_is_stopped_leaves_nothing_behind(tmp_path: Path) -> None:
    book = tmp_path / "a.txt"
    lines = (f"其{number}者，夜卧不安，神不守舍，名曰不寐。\n" for number in range(300_000))
    book.write_text("《甲书》 乙 清\n" + "".join(lines), encoding="utf-8")
    command = [sys.executable, "-m", "knowledge.library", "build", str(tmp_path / "out"), str(book)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        while not list(tmp_path.glob(".out.*/work")) and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)

    assert process.returncode == 128 + signal.SIGTERM
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_what_is_not_found_is_status_1(
    library_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["find", str(library_file), "手机信号"]) == 1
    assert "nothing found" in capsys.readouterr().err


def test_an_error_is_one_sentence_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", str(tmp_path / "none")]) == 2
    assert (
        capsys.readouterr().err
        == f"xinglin: {tmp_path / 'none'}: cannot be read: No such file or directory\n"
    )


def test_books_left_out_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = write_books(
        tmp_path, {f"{n}.txt": "《同》 一 清\n同样的话，说了又说。" for n in range(30)}
    )

    assert main(["build", str(tmp_path / "out"), *map(str, files)]) == 0
    assert capsys.readouterr().err.count("left out: ") == 21
