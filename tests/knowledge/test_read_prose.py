"""Headings, blank lines and pairs make notes."""

from __future__ import annotations

import time

import pytest

from knowledge.read_prose import _parts, read_prose


def parts(text: str) -> list[tuple[str, tuple[str, ...], str]]:
    return [(one.topic, one.questions, one.answers[0]) for one in read_prose(text, "a.md")]


def test_a_heading_begins_a_note_and_stands_with_those_above_it() -> None:
    text = "# 借书\n## 几本\n最多三本。\n\n老师十本。\n## 多久\n三周。\n"

    assert parts(text) == [
        ("借书 几本", ("借书 几本",), "最多三本。\n老师十本。"),
        ("借书 多久", ("借书 多久",), "三周。"),
    ]


def test_a_blank_line_begins_a_note_where_no_heading_stands() -> None:
    assert [topic for topic, *_ in parts("店在平江路，很近。\n\n九点开门。\n")] == [
        "店在平江路",
        "九点开门",
    ]


def test_questions_and_answers_make_pairs_with_several_wordings() -> None:
    text = "问：能寄吗\n问：发快递吗？\n答：能。\n运费十元。\nQ: 能退吗\nA: 七天内可以。\n"

    assert parts(text) == [
        ("能寄吗", ("能寄吗", "发快递吗？"), "能。\n运费十元。"),
        ("能退吗", ("能退吗",), "七天内可以。"),
    ]


def test_an_answer_may_stand_behind_a_blank_line() -> None:
    assert parts("问：能寄吗\n\n答：能。\n") == [("能寄吗", ("能寄吗",), "能。")]


def test_marks_links_and_comments_are_no_text() -> None:
    text = "# 网\n<!-- 不要\n显示 -->\n- **名字** 见[这里](http://x.cn)\n"

    assert parts(text) == [("网", ("网",), "名字 见这里")]


def test_a_line_underlined_is_a_heading() -> None:
    assert parts("停车\n====\n河对面。\n") == [("停车", ("停车",), "河对面。")]


def test_a_long_section_is_cut_at_its_paragraphs() -> None:
    text = "# 店史\n" + "一" * 200 + "。\n\n" + "二" * 200 + "。\n"

    assert [answer[0] for *_, answer in parts(text)] == ["一", "二"]


def test_places_are_lines() -> None:
    notes = read_prose("# 一\n甲。\n\n# 二\n问：乙吗\n答：是。\n", "a.md")

    assert [note.place.line for note in notes] == [2, 5]


@pytest.mark.parametrize(
    "unit", ["[", "[a](", "<!--", "# ", "#", "问 ", "- ", "> ", "**", "[a](b)"]
)
def test_a_line_takes_time_in_proportion_to_its_length(unit: str) -> None:
    best = [9.0, 9.0]
    for _ in range(3):
        for at, length in enumerate((2_000, 8_000)):
            text = f"# {(unit * length)[:length]}x"
            began = time.process_time()
            list(_parts(text))
            best[at] = min(best[at], time.process_time() - began)

    assert best[1] <= 10 * max(best[0], 0.001)
