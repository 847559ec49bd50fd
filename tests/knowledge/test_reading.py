"""A folder is read whole, or a sentence says which line of which file is in the way."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from knowledge.errors import ReadError
from knowledge.notes import Knowledge, Note
from knowledge.reading import read_folder, unread_files

NOTE = {"topic": "茶", "questions": ["什么茶好"], "answers": ["绿茶好。"]}


def write(folder: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def only_note(folder: Path) -> Note:
    (note,) = read_folder(folder).notes
    return note


def test_every_format_lies_in_one_folder(tmp_path: Path) -> None:
    write(
        tmp_path,
        a_jsonl=json.dumps(NOTE) + "\n",
        b_md="# 地址\n平江路\n",
        sub__c_txt="问：几点开门\n答：九点。\n",
        d_csv="question,answer\n能退吗,能。\n",
        e_csv="name,价格\n龙井,100元\n",
        ignored_png=b"\x89PNG\x00",
    )

    found = read_folder(tmp_path)

    assert {note.place.file for note in found.notes} == {"a.jsonl", "b.md", "sub/c.txt", "d.csv"}
    assert [table.id for table in found.tables] == ["e"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_is_read_as_spreadsheets_save_it(tmp_path: Path, encoding: str) -> None:
    write(tmp_path, a_csv="问,答\r\n退货吗,七天内可以。\r\n".encode(encoding))

    assert only_note(tmp_path).questions == ("退货吗",)
    assert only_note(tmp_path).answers == ("七天内可以。",)


def test_source_and_classical_headings_are_kept(tmp_path: Path) -> None:
    write(tmp_path, a_jsonl=json.dumps(NOTE | {"source": "茶经", "old": ["茗"]}))

    note = only_note(tmp_path)

    assert (note.source, note.old, str(note.place)) == ("茶经", ("茗",), "a.jsonl, line 1")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "holds no notes; put a file"),
        ({"a_jsonl": "{"}, "a.jsonl, line 1: no JSON"),
        ({"a_jsonl": "\n[]"}, "a.jsonl, line 2: no record"),
        ({"a_jsonl": '{"topic": "茶", "questions": [], "answers": []}'}, "line 1: 'answers' is empty"),
        ({"a_jsonl": '{"topic": "茶", "answer": ["x"]}'}, "line 1: unknown key 'answer'"),
        ({"a_jsonl": '{"topic": 3, "answers": ["x"]}'}, "line 1: 'topic' is a text"),
        ({"a_jsonl": '{"topic": "茶", "answers": ["x\\u0002y"]}'}, "line 1: answers holds the control character U+0002"),
        ({"a_jsonl": '{"topic": "茶", "turns": []}'}, "line 1: 'turns' is a list"),
        ({"a_jsonl": "[" * 100_000}, "line 1: no JSON"),
        ({"a_md": "# 茶\n好\x05茶\n"}, "a.md, line 2: a note holds the control character U+0005"),
        ({"a_csv": "问,答\n好,\n"}, "a.csv, line 2: a question and an answer are needed"),
        ({"a_csv": "问,答\n好,一,二\n"}, "a.csv, line 2: 3 cells, and the header has 2"),
        ({"a_csv": "茶,价\n好,1\n"}, "line 1: the header begins with '茶'; write question,answer"),
        ({"a_csv": "name,价格\n,1\n"}, "line 2: the first column, the name, is empty"),
        ({"a_csv": "name,价格,价格\n茶,1,2\n"}, "line 1: a table needs a name and relations"),
        ({"a_csv": "name,价格\n"}, "a.csv: a header and no row"),
        ({"a_csv": ""}, "a.csv: empty"),
        ({"a_csv": 'name,价格\n茶,"1\n'}, "a.csv, line 2: no CSV"),
        ({"a_csv": b"\xff\xff\xff\xff"}, "a.csv, line 1: neither UTF-8 nor GB18030"),
        ({"a_csv": "问,答\n好," + "长" * 400_000}, "line 2: the answer of 400,000 characters; at most 4,000"),
        ({"a_jsonl": '{"table": "茶", "relation": "价", "questions": ["{}多少"]}', "b_md": "# 一\n二"}, "there is no table '茶'"),
        ({"a_jsonl": '{"table": "t", "relation": "色", "questions": ["{}多少"]}', "t_csv": "name,价\n茶,1\n"}, "the table has no column '色'"),
        ({"a_jsonl": '{"table": "t", "relation": "价", "questions": ["多少"]}', "t_csv": "name,价\n茶,1\n"}, "'多少' needs {} once"),
        ({"a_jsonl": '{"table": "t", "card": "{色}"}', "t_csv": "name,价\n茶,1\n"}, "the table has no column '色'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_file_and_line(
    tmp_path: Path, files: dict[str, str | bytes], words: str
) -> None:
    write(tmp_path, **files)

    with pytest.raises(ReadError) as caught:
        read_folder(tmp_path)

    assert words in str(caught.value)
    assert re.search("[\u4e00-\u9fa5]{2}.*", caught.value.zh.split("：", 1)[1])
    assert (
        re.sub(r", line (\d+)", r" 第 \1 行", str(caught.value)).split(":")[0]
        == (caught.value.zh.split("：")[0])
    )


def test_a_hundred_thousand_notes_are_too_many(tmp_path: Path) -> None:
    lines = (f'{{"topic": "茶{n}", "answers": ["好茶{n}"]}}\n' for n in range(100_000))
    write(tmp_path, a_jsonl="".join(lines))

    with pytest.raises(ReadError, match="more than 50,000 notes"):
        read_folder(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no such folder"):
        read_folder(tmp_path / "none")


def test_documents_of_an_office_are_named_as_not_read(tmp_path: Path) -> None:
    for name in ("菜单.XLSX", "sub/规定.docx", "~$菜单.xlsx", "海报.png", "a.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")

    found = unread_files(tmp_path)

    assert [one.split(":")[0] for one in found] == ["sub/规定.docx", "菜单.XLSX"]
    assert "另存为 .txt" in found[0].zh and "save it as .csv" in found[1]


def test_notes_with_one_topic_have_ids_of_their_own(tmp_path: Path) -> None:
    write(tmp_path, a_jsonl=f"{json.dumps(NOTE)}\n{json.dumps(NOTE)}\n")

    assert len({note.id for note in read_folder(tmp_path).notes}) == 2


def test_the_accounts_own_notes_are_whole(tcm: Knowledge) -> None:
    complaints = [note for note in tcm.notes if note.place.file == "complaints.jsonl"]

    assert len(tcm.notes) > 2400
    assert {table.id: len(table.rows) for table in tcm.tables} == {"herbs": 240, "formulas": 150}
    assert sum(bool(note.old) for note in complaints) >= 180
