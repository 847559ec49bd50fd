"""Choice of the rule that answers, and its answer."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime

import pytest

from xinglin.account import Account, Bundle, read_account

NOON = datetime(2026, 11, 30, 12, 0)
NIGHT = datetime(2026, 11, 30, 23, 0)
RULES = """
name = "茶铺"
[[reply]]
name = "夜里"
contains = "电话"
text = "现在打烊了"
hours = "21:00-08:00"
[[reply]]
match = ["电话", "Tel"]
contains = "怎么联系"
text = "0571-1"
[[reply]]
regex = "龙井.{0,6}(多少钱|价格)"
text = ["一百", "一百一两", "一百元"]
[[reply]]
match = "全部"
text = ["甲", "乙"]
pick = "all"
[[reply]]
match = "照片"
image = "MEDIA-1"
[[reply]]
contains = "怎么泡"
ask = "龙井茶怎么泡？"
[[reply]]
match = "选择"
text = "选一个"
tap = ["营业时间", "看茶单|茶单"]
[[reply]]
match = "菜单"
text = "茶单在这里"
"""


def account(text: str = RULES) -> Account:
    return read_account(Bundle({"account.toml": text.encode()}))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("电话", 2),
        ("電話！", 2),
        ("请问电话", 2),
        ("TEL", 2),
        ("电话多少", 0),
        ("你们怎么聯繫", 2),
        ("怎么联系你们", 2),
        ("怎 么 联 系", 2),
        ("西湖龙井现在多少钱", 3),
        ("龙井好喝吗", 0),
        ("照片", 5),
        ("白茶怎么泡", 6),
        ("", 0),
        ("！！", 0),
    ],
)
def test_the_first_rule_that_fits_answers(text: str, number: int) -> None:
    found = account().rule_for(text, NOON)

    assert (found[0].number if found else 0) == number


def test_a_rule_holds_at_its_hours_and_comes_by_its_order() -> None:
    found = account().rule_for("电话", NIGHT)

    assert found is not None
    assert found[0].text("1") == "现在打烊了"
    assert found[0].label == "1 (夜里)"


def test_a_retry_gets_the_same_text_and_all_texts_have_their_turn() -> None:
    found = account().rule_for("龙井多少钱", NOON)
    assert found is not None
    rule, _ = found

    drawn = Counter(rule.text(str(number)) for number in range(600))

    assert set(drawn) == {"一百", "一百一两", "一百元"}
    assert min(drawn.values()) > 130
    assert len({rule.text("77") for _ in range(5)}) == 1


def test_all_texts_taps_pictures_and_questions_come_as_written() -> None:
    shop = account()
    by_text = {word: shop.rule_for(word, NOON)[0] for word in ("全部", "照片", "怎么泡", "选择")}

    assert by_text["全部"].text("1") == "甲\n\n乙"
    assert by_text["照片"].media.media_id == "MEDIA-1"
    assert by_text["怎么泡"].ask == "龙井茶怎么泡？"
    assert by_text["选择"].text("1").split("\n")[0] == "选一个"
    assert "msgmenucontent=%E8%8C%B6%E5%8D%95" in by_text["选择"].text("1")
    assert ">营业时间</a>" in by_text["选择"].text("1")


def test_a_whole_word_is_found_where_an_owner_wrote_exactly_that() -> None:
    assert account().rule_for_whole("菜单", NOON).number == 8
    assert account().rule_for_whole("怎么联系", NOON).number == 2
    assert account().rule_for_whole("请问怎么联系老板", NOON) is None


def test_why_a_rule_answers_is_said() -> None:
    shop = account()

    assert shop.rule_for("电话", NOON)[1] == "match 电话"
    assert shop.rule_for("白茶怎么泡", NOON)[1] == "contains 怎么泡"
    assert shop.rule_for("龙井价格", NOON)[1].startswith("regex 龙井")


def test_many_rules_and_a_long_message_take_no_long_time() -> None:
    rules = "".join(
        f'[[reply]]\ncontains = ["词{n}甲", "词{n}乙"]\n'
        + (f'regex = "(龙井|白茶){{1,3}}.{{0,6}}价{n}"\n' if n < 200 else "")
        + 'text = "x"\n'
        for n in range(1000)
    )
    shop = account(f'name = "茶"\n{rules}')
    began = time.thread_time()

    assert shop.rule_for("龙井白茶" * 1000, NOON) is None

    assert time.thread_time() - began < 0.25  # some 20 ms where nothing else runs
    assert shop.rule_for("字" * 3990 + "词999乙", NOON) is not None, "its end is looked at, too"
