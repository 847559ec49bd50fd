"""A poison is never called harmless, whatever the model says."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinglin.policy import clean_reply, danger
from xinglin.safety.poisons import named_poisons, read_poisons
from xinglin.safety.veto import poison_answer, poison_warnings, without_harmless_claims

HERBS = Path(__file__).resolve().parents[3] / "accounts" / "tcm" / "knowledge" / "herbs.csv"
NAMES = [name for poison in read_poisons() for name in (poison.name, *poison.aliases)]
CLAIMS = [
    "无毒", "没有毒", "没毒", "不含毒", "毒性很小", "安全无害", "没有副作用", "可以放心吃", "常用来泡水喝", "可泡茶",
    "适合炖汤", "可以日常食用", "能长期服用", "是药食同源之品", "老少皆宜", "孕妇也可以用",
]  # fmt: skip


def test_the_list_holds_what_is_poisonous_in_our_tables() -> None:
    rows = list(csv.DictReader(HERBS.read_text("utf-8").splitlines()))
    [column] = [name for name in rows[0] if name.startswith("毒性")]
    toxic = [
        name
        for row in rows
        if row[column].startswith("有毒")
        for name in (row["name"], *filter(None, row["aliases"].split("、")))
    ]

    assert len(toxic) > 50
    assert [name for name in toxic if name not in NAMES] == []


@pytest.mark.parametrize(
    "name",
    [
        "砒石",
        "砒霜",
        "水银",
        "生马钱子",
        "生川乌",
        "生草乌",
        "生白附子",
        "生附子",
        "生半夏",
        "生天南星",
        "生巴豆",
        "斑蝥",
        "青娘虫",
        "红娘虫",
        "生甘遂",
        "生狼毒",
        "生藤黄",
        "生千金子",
        "生天仙子",
        "闹羊花",
        "雪上一枝蒿",
        "红升丹",
        "白降丹",
        "蟾酥",
        "洋金花",
        "红粉",
        "轻粉",
        "雄黄",
        "朱砂",
        "细辛",
        "苦杏仁",
        "苍耳子",
        "吴茱萸",
        "山豆根",
        "北豆根",
        "苦楝皮",
        "青木香",
        "大戟",
        "芫花",
        "商陆",
        "藜芦",
        "雷公藤",
        "川楝子",
        "全蝎",
        "蜈蚣",
        "常山",
        "仙茅",
        "牵牛子",
        "关木通",
        "钩吻",
        "黄药子",
        "罂粟壳",
    ],
)
def test_the_poisons_of_the_lists_are_known(name: str) -> None:
    assert [poison for _, _, poison in named_poisons(name)]
    answer = danger(f"{name}有毒吗？")
    assert answer is not None
    assert answer.startswith(f"{name}有")
    assert "毒" in answer
    assert "120" in answer


@pytest.mark.parametrize("name", NAMES)
def test_no_name_is_ever_called_harmless(name: str) -> None:
    for claim in CLAIMS:
        for reply in (f"{name}味甘，{claim}。", f"味甘，{claim}。"):
            cleaned = clean_reply(without_harmless_claims(reply, f"{name}怎么样"))
            assert claim not in cleaned
            told = "\n".join([cleaned, *poison_warnings(cleaned, f"{name}怎么样")])
            poison = next(poison for _, _, poison in named_poisons(name))
            assert poison.quiet or poison.degree == "cautioned" or "毒" in told


@pytest.mark.parametrize(
    "reply",
    [
        "附子并非无毒，须慎用。",
        "川乌有大毒，不可久服。",
        "半夏有毒，不能泡水喝。",
        "黄芪无毒，可以泡水喝。",
        "甘草味甘，药食同源。",
        "白花蛇舌草清热解毒，常用来泡茶。",
        "胆南星清热化痰，无毒。",
    ],
)
def test_warnings_and_what_is_no_poison_stay(reply: str) -> None:
    assert without_harmless_claims(reply, "") == reply


def test_what_a_reply_points_at_counts() -> None:
    assert without_harmless_claims("它无毒。", "附子呢") == ""
    assert without_harmless_claims("它无毒。", "那它有毒吗", "附子是什么\n附子辛热。") == ""
    assert without_harmless_claims("它无毒。", "黄芪呢") == "它无毒。"


@pytest.mark.parametrize(
    ("reply", "question", "lines"),
    [
        ("细辛辛温。", "", ["（细辛有毒，切勿自行使用。）"]),
        ("吴茱萸辛热。", "", ["（吴茱萸有小毒，须由医师掌握，不要自行服用。）"]),
        ("附子有毒。", "", []),
        ("没有毒的是甘草，附子辛热。", "", ["（附子有毒，切勿自行使用。）"]),
        ("甘草有毒吗？没有。附子温阳。", "", ["（附子有毒，切勿自行使用。）"]),
        ("它能温阳。", "附子有什么用", ["（附子有毒，切勿自行使用。）"]),
        ("水仙清雅。", "水仙的诗", []),
        ("四君子汤补气。", "四君子汤", []),
    ],
)
def test_a_poison_without_a_warning_gets_one(reply: str, question: str, lines: list[str]) -> None:
    assert poison_warnings(reply, question) == lines


@pytest.mark.parametrize(
    "question",
    [
        "砒霜可以吃吗", "雷公藤可以泡水喝吗", "硃砂有沒有毒", "草 乌 有 毒 吗", "fuzi有毒吗", "fu zi you du ma", "雄黄酒能喝吗",
        "is realgar poisonous", "苦杏仁安全吗", "全蝎泡酒好不好", "巴豆毒性大吗", "洋金花泡水喝会有事吗", "夹竹桃有毒么",
        "我天天吃海芋可以吗", "喝點草烏頭酒沒事吧", "泡罂粟壳行吗", "土三七是不是没毒",
    ],
)  # fmt: skip
def test_whether_a_poison_is_one_has_a_fixed_answer(question: str) -> None:
    answer = danger(question)

    assert answer is not None
    assert "毒" in answer
    assert "120" in answer


@pytest.mark.parametrize(
    "question",
    [
        "附子的性味",
        "黄芪有毒吗",
        "附子为什么要炮制",
        "白花蛇舌草有毒吗",
        "甘草能泡水喝吗",
        "蛇有毒吗",
        "雷公藤是什么植物",
        "半夏泻心汤治什么",
        "",
    ],
)
def test_other_questions_have_none(question: str) -> None:
    assert poison_answer(question) is None


@given(
    st.lists(
        st.sampled_from(["附子", "黄芪", "无毒", "不能", "泡水喝", "，", "。", "它", "有毒"]),
        max_size=20,
    ).map("".join)
)
def test_twice_is_once(reply: str) -> None:
    once = without_harmless_claims(reply, "附子")

    assert without_harmless_claims(once, "附子") == once


@pytest.mark.parametrize("unit", ["附子", "无毒", "不", "，", "没有", "泡", "可以", "生"])
def test_time_grows_with_the_length(unit: str) -> None:
    def seconds(times: int) -> float:
        text, best = f"附子{unit * times}", 1e9
        for _ in range(3):
            began = time.process_time()
            without_harmless_claims(text)
            poison_warnings(text)
            poison_answer(text)
            best = min(best, time.process_time() - began)
        return best

    assert seconds(16_000) <= 12 * max(seconds(4_000), 0.002)
