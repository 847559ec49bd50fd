"""Facts of the closed vocabulary."""

from __future__ import annotations

import pytest

from knowledge.vocabulary import facts_in, number_of


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("黄芪味甘，性微温，归脾、肺经。", {"taste 甘", "nature 微温", "channel 脾", "channel 肺"}),
        ("辛味能散，咸味能软。", {"taste 辛", "taste 咸"}),
        ("它是凉性的。", {"nature 凉"}),
        ("味道不错", set()),
        ("有小毒，不可多服", {"poison yes"}),
        ("没有毒", {"poison no"}),
        ("并非无毒", set()),
        ("每日三次，一次10克", {"number 3", "number 10"}),
        ("清代叶天士《温热论》", {"name 清代", "name 叶天士", "name 温热论"}),
        ("入心、小肠二经", {"channel 心", "channel 小肠"}),
    ],
)
def test_facts_are_read(text: str, facts: set[str]) -> None:
    assert {f"{one.kind} {one.value}" for one in facts_in(text)} == facts


@pytest.mark.parametrize(
    ("text", "number"),
    [("三", "3"), ("十", "10"), ("二十一", "21"), ("三百六十五", "365"), ("一千零二", "1002"),
     ("两万", "20000"), ("007", "7"), ("1.50", "1.5"), ("二〇二六", "2026"), ("一百零八", "108")],
)  # fmt: skip
def test_numbers_are_written_alike(text: str, number: str) -> None:
    assert number_of(text) == number
