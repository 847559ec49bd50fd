"""Complaints are told from what only sounds like one, on sentences that nothing was learnt from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from xinglin.wishes import wish_of
from xinglin.wishes.complaints import read_classifier
from xinglin.wishes.learn import gather, read_sections

HERE = Path(__file__).parent
KNOWLEDGE = HERE.parents[1] / "knowledge" / "data"
EVERYDAY = HERE.parents[2] / "training" / "evaluation" / "questions" / "everyday.jsonl"


def fresh() -> tuple[list[str], list[str]]:
    both = (HERE / "fresh.txt").read_text("utf-8").split("----\n")
    complaints, others = (
        [line for line in part.splitlines() if line and not line.startswith("#")] for part in both
    )
    return complaints, others


def ordinary() -> list[str]:
    """Questions that people ask an account every day."""
    files = (EVERYDAY, KNOWLEDGE / "teashop" / "questions.jsonl")
    rows = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    return [text for row in rows for text in row.get("turns", [row.get("question", "")]) if text]


def test_nothing_was_learnt_from_these() -> None:
    learnt = {text for rows in read_sections().values() for text in rows}

    complaints, others = fresh()
    assert len(complaints) == 80
    assert len(others) == 80
    assert not learnt & {*complaints, *others}


def test_most_fresh_complaints_are_kept() -> None:
    """Many of them tell what happened and name nothing that is wrong with it."""
    complaints, _ = fresh()

    missed = [text for text in complaints if wish_of(text) is None]

    assert len(missed) <= 0.4 * len(complaints), missed


@pytest.mark.parametrize(
    "text",
    [
        "我要投诉", "怎么投诉你们", "请问怎么投诉你们的快递小哥", "我想举报这家店", "再不退钱我就打12315", "你们等着收差评吧，差评",
        "你们的服务太差了", "你们店员骂人", "你们收了钱没人管", "必须给我道歉", "把钱退我", "我要去消协告你们",
    ],
)  # fmt: skip
def test_plain_complaints_are_always_kept(text: str) -> None:
    assert wish_of(text) == "complaint"


@pytest.mark.parametrize(
    "text",
    [
        "你们在哪", "你们好", "你们收费吗", "我付款了", "订单到哪了", "退款几天到账", "我要买两斤龙井", "东西收到了", "老师几点上课",
        "怎么退押金", "会员卡号多少", "你们店有什么茶", "教练你好", "已下单", "我头疼三天了", "孩子发烧怎么办",
    ],
)  # fmt: skip
def test_what_customers_write_every_day_is_none(text: str) -> None:
    assert wish_of(text) is None


def test_few_that_only_sound_like_it_are_taken_for_one() -> None:
    _, others = fresh()

    taken = [text for text in others if wish_of(text) == "complaint"]

    assert len(taken) <= 0.04 * len(others), taken


def test_everyday_questions_are_none() -> None:
    taken = [text for text in ordinary() if wish_of(text)]

    assert len(ordinary()) > 100
    assert len(taken) <= 0.01 * len(ordinary()), taken


@pytest.mark.parametrize(
    "text",
    [
        "我 要 投 诉 你 们",
        "我要投訴你們！！",
        "我要投诉你们😡",
        "ｗｏ要投诉你们",
        "我要投诉你们" + "，很久了" * 200,
    ],
)
def test_the_writing_makes_no_difference(text: str) -> None:
    assert wish_of(text) == "complaint"


def test_a_long_text_is_judged_by_its_parts() -> None:
    told = "今天天气很好，我和朋友去了公园，看了花，喝了茶，拍了很多照片，走了很远的路。" * 2

    assert wish_of(told) is None
    assert wish_of(f"{told}你们的店员骂人，态度太恶劣了，我要投诉。") == "complaint"


def test_the_weights_are_what_the_sentences_make(tmp_path: Path) -> None:
    known = read_classifier()
    sections = read_sections()

    wrong = [text for text in sections["harmless"] if known.complains(text)]
    missed = [text for text in sections["acted"] if not known.complains(text)]

    assert len(wrong) <= 0.04 * len(sections["harmless"]), wrong
    assert len(missed) <= 0.2 * len(sections["acted"]), missed


def test_two_complaints_are_learnt_as_one() -> None:
    sections = {name: rows[:40] for name, rows in read_sections().items()}

    examples = gather(sections, ["你好"])

    assert sum(one.complains for one in examples) > 2000
    assert examples == gather(sections, ["你好"]), "the same every time"


def test_a_damaged_file_is_no_classifier(tmp_path: Path) -> None:
    (tmp_path / "weights.json").write_text('{"scale": 1}', "utf-8")

    with pytest.raises(KeyError):
        read_classifier(tmp_path / "weights.json")


@pytest.mark.parametrize("text", ["你们有没有会员卡可以办", "你们有没有发票", "你家有没有停车位"])
def test_a_question_after_an_offer_is_none(text: str) -> None:
    assert wish_of(text) is None
