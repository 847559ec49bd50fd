"""One note of a file changed: what is asked for changes, and everything else stays."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.note_files import change_note, decode, encode, read_note, record_line

CELL = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=8).filter(
    lambda text: bool(text.strip()) and text.strip() == text
)


def sheet(rows: list[list[str]]) -> str:
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerows([["名称", "价格", "产地"], *rows])
    return made.getvalue()


@given(rows=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=2, max_size=5), new=CELL)
def test_a_cell_is_changed_and_no_other(rows: list[list[str]], new: str) -> None:
    text = sheet(rows)
    made = change_note(text, "row", 2, 0, {"cells": [rows[0][0], new, rows[0][2]]})

    assert list(csv.reader(io.StringIO(made)))[1:] == [[rows[0][0], new, rows[0][2]], *rows[1:]]
    left = change_note(text, "row", 2, 0, None)
    assert list(csv.reader(io.StringIO(left)))[1:] == rows[1:]


def test_a_row_behind_a_cell_of_several_lines_is_found_by_its_line() -> None:
    text = sheet([["龙井", "两\n行", "杭州"], ["白茶", "66", "福鼎"]])

    assert read_note(text, "row", 4, 0).values["cells"][0] == ["名称", "白茶"]


@pytest.mark.parametrize("between", ["\t", ";", "，"])
def test_the_mark_between_cells_stays(between: str) -> None:
    text = between.join(["问", "答"]) + "\n" + between.join(["有吗", "有"]) + "\n"

    made = change_note(text, "pair", 2, 0, {"questions": ["有没有"], "answers": ["没有"]})

    assert made == between.join(["问", "答"]) + "\n" + between.join(["有没有", "没有"]) + "\n"


def test_a_short_row_is_shown_with_every_header() -> None:
    note = read_note("名称,价格,产地\n龙井,88\n", "row", 2, 0)

    assert note.values["cells"] == [["名称", "龙井"], ["价格", "88"], ["产地", ""]]


def test_a_record_of_several_turns_is_changed_as_text() -> None:
    line = '{"topic": "人参", "turns": [{"questions": ["是什么"], "answers": ["补药。"]}]}'
    note = read_note(line, "record", 1, 0)

    assert (note.kind, note.values) == ("text", {"text": line})
    assert change_note(f"x\n{line}\ny", "record", 2, 3, {"text": "{}"}) == "x\n{}\ny"


def test_a_source_is_taken_out_and_other_keys_stay() -> None:
    old = {"topic": "a", "questions": ["b"], "answers": ["c"], "source": "书", "old": ["d"]}

    line = record_line({"questions": ["b"], "answers": ["e"], "topic": "a"}, old)

    assert line == '{"topic": "a", "questions": ["b"], "answers": ["e"], "old": ["d"]}'


def test_the_mark_of_a_note_changes_with_it_alone() -> None:
    text = sheet([["龙井", "88", "杭州"], ["白茶", "66", "福鼎"]])
    mark = read_note(text, "row", 2, 0).mark

    other = change_note(text, "row", 3, 0, {"cells": ["白茶", "1", "x"]})
    assert read_note(other, "row", 2, 0).mark == mark
    own = change_note(text, "row", 2, 0, {"cells": ["龙井", "1", "x"]})
    assert read_note(own, "row", 2, 0).mark != mark


@pytest.mark.parametrize("line", [1, 9])
def test_where_nothing_stands_nothing_is_changed(line: int) -> None:
    with pytest.raises(LookupError):
        read_note(sheet([["a", "b", "c"]]), "row", line, 0)
    with pytest.raises(LookupError):
        read_note("一\n二", "prose", 9, 0)


def test_files_are_read_however_they_were_saved_and_kept_as_a_spreadsheet_knows_them() -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        assert decode("问,答\r\n茶,有\r".encode(encoding)) == "问,答\n茶,有\n"
    assert encode("a.CSV", "茶").startswith(b"\xef\xbb\xbf")
    assert encode("a.md", "茶") == "茶".encode()
    with pytest.raises(UnicodeDecodeError):
        decode(b"\xff\xff\xff")
