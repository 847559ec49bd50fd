"""Notes as the desk lists them: each once, with the place where it is changed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from knowledge.reading import read_folder
from workers.list_notes import records

FILES = {
    "a.csv": "问,答\n几点开门,九点\n开门时间,九点\n",
    "b.csv": "名称,别名,价格\n龙井,西湖龙井,88元\n白茶,,66元\n",
    "c.md": "# 送货\n同城送。\n\n问：老板是谁\n答：王先生。\n",
    "d.jsonl": '{"topic": "退货", "answers": ["能退。", "可以退。"]}\n',
}


def listed(folder: Path) -> list[dict[str, Any]]:
    for name, text in FILES.items():
        (folder / name).write_text(text, "utf-8")
    return list(records(read_folder(folder)))


def test_each_note_and_each_row_is_listed_where_it_stands(tmp_path: Path) -> None:
    found = [(one["kind"], one["file"], one["line"], one["topic"]) for one in listed(tmp_path)]

    assert found == [
        ("pair", "a.csv", 2, "几点开门"), ("row", "b.csv", 2, "龙井"), ("row", "b.csv", 3, "白茶"),
        ("prose", "c.md", 2, "送货"), ("prose", "c.md", 4, "老板是谁"), ("record", "d.jsonl", 1, "退货"),
    ]  # fmt: skip


def test_questions_answers_and_cells_are_told(tmp_path: Path) -> None:
    found = {one["topic"]: one for one in listed(tmp_path)}

    assert found["几点开门"]["questions"] == ("几点开门", "开门时间")
    assert found["龙井"]["questions"] == ("西湖龙井",)
    assert found["龙井"]["text"] == "价格：88元"
    assert found["退货"]["text"] == "能退。\n可以退。"


def test_a_folder_that_cannot_be_read_is_told_in_both_languages(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("问,答\n只有问\n", "utf-8")
    command = [sys.executable, "-m", "workers.list_notes", str(tmp_path)]

    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ended.returncode == 2
    told = json.loads(ended.stdout)
    assert told["en"].startswith("a.csv, line 2")
    assert told["zh"].startswith("a.csv 第 2 行")
