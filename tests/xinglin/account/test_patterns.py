"""An owner's patterns: searched in linear time, refused where they cannot be."""

from __future__ import annotations

import time

import pytest

from xinglin.account.patterns import read_pattern


@pytest.mark.parametrize(
    ("source", "text", "finds"),
    [
        ("几点.*(关门|打烊)", "请问你们几点打烊啊", True),
        ("几点.*(关门|打烊)", "几点开门", False),
        ("^VIP[0-9]{4}$", "vip1234", True),
        ("^VIP[0-9]{4}$", "我的VIP1234", False),
    ],
)
def test_a_pattern_finds_what_it_says(source: str, text: str, finds: bool) -> None:
    assert read_pattern(source).finds(text) is finds


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("(?=茶)龙井", "invalid perl operator"),
        (r"(茶)\1", "invalid escape"),
        ("[茶", "missing ]"),
        ("((x{100}){100}){10}", "repetition"),
        (r"\pL{1000}", "RE2 refuses it"),
        ("", "1 to 500"),
        ("茶" * 501, "1 to 500"),
        ("茶*", "every message"),
        ("|茶", "every message"),
    ],
)
def test_what_cannot_be_searched_is_refused_with_a_reason(source: str, why: str) -> None:
    with pytest.raises(ValueError, match=None) as refused:
        read_pattern(source)

    assert why in str(refused.value)


@pytest.mark.parametrize("source", ["(a+)+$", "(a|aa)+$", "(.*,){12}P", "(x+x+)+y"])
def test_what_other_engines_never_end_is_quick(source: str) -> None:
    pattern = read_pattern(source)
    began = time.thread_time()

    for text in ("a" * 4000 + "!", "x" * 4000, ",," * 2000):
        pattern.finds(text)

    assert time.thread_time() - began < 0.2
