"""Compiled once, named after what it was made of, and never half."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from knowledge.errors import KnowledgeError
from knowledge.find import Finder
from knowledge.index import Index
from knowledge.publishing import compiled, content_key, has_notes, publish, stamp

ROOT = Path(__file__).resolve().parents[2]
SHOP = Path(__file__).parent / "data" / "teashop"


@pytest.fixture
def account(tmp_path: Path) -> Path:
    shutil.copytree(SHOP, tmp_path / "shop")
    return tmp_path / "shop"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_it_is_compiled_once_and_again_after_a_change(account: Path, cache: Path) -> None:
    first = publish(account, cache)
    written = first.stat().st_mtime_ns
    assert publish(account, cache) == first
    assert compiled(account, cache) == first
    assert first.stat().st_mtime_ns == written

    (account / "knowledge" / "new.txt").write_text("问：能带狗进来吗\n答：院子里可以。\n", "utf-8")
    assert compiled(account, cache) is None
    second = publish(account, cache)

    assert second != first
    assert "院子里可以" in Finder(Index.open(second)).look_up("可以带狗吗").pieces[0].text


def test_a_damaged_index_is_made_anew(account: Path, cache: Path) -> None:
    path = publish(account, cache)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])

    assert compiled(account, cache) is None
    assert publish(account, cache).read_bytes() == content


def test_only_the_newest_stay(account: Path, cache: Path) -> None:
    for number in range(7):
        (account / "knowledge" / "n.txt").write_text(f"问：几号\n答：{number}号。\n", "utf-8")
        newest = publish(account, cache)

    kept = list(cache.glob("*.index"))
    assert newest in kept
    assert len(kept) == 4


def test_names_and_content_of_the_files_make_the_key(account: Path) -> None:
    notes = account / "knowledge"
    before = content_key(notes)
    (notes / "picture.png").write_bytes(b"no note")
    assert content_key(notes) == before

    (notes / "店里.md").rename(notes / "店内.md")
    assert content_key(notes) != before


def test_a_stamp_changes_with_the_files(account: Path) -> None:
    before = stamp(account)
    assert stamp(account) == before

    with (account / "knowledge" / "店里.md").open("a") as file:
        file.write("\n")

    assert stamp(account) != before
    assert stamp(account / "nowhere") == ()


def test_a_folder_has_notes_or_none(account: Path) -> None:
    assert has_notes(account)

    shutil.rmtree(account / "knowledge")
    assert not has_notes(account)
    (account / "knowledge").mkdir()
    (account / "knowledge" / "picture.png").write_bytes(b"")
    assert not has_notes(account)


def test_processes_that_come_at_once_compile_once(account: Path, cache: Path) -> None:
    command = [sys.executable, "-m", "knowledge", str(account), str(cache)]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(3)
    ]
    said = {process.communicate(timeout=120)[0] for process in running}

    assert [process.returncode for process in running] == [0, 0, 0]
    assert said == {f"{publish(account, cache)}\n"}
    assert {one.suffix for one in cache.iterdir()} == {".index", ""}


@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        ("broken.jsonl", '{"topic": "x"}\n', "broken.jsonl, line 1: 'answers' is empty"),
        ("dup.csv", "name,a,a\nx,1,2\n", "dup.csv, line 1"),
    ],
)
def test_a_broken_file_is_named_and_nothing_is_written(
    account: Path, cache: Path, file: str, text: str, sentence: str
) -> None:
    (account / "knowledge" / file).write_text(text, "utf-8")
    command = [sys.executable, "-m", "knowledge", str(account), str(cache)]

    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)

    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert list(cache.glob("*.index")) == []


def test_a_cache_that_cannot_be_written_is_a_sentence(account: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(KnowledgeError, match="XINGLIN_VAR"):
        publish(account, tmp_path / "file" / "cache")
