"""Alternatives of a sentence: with one term changed, or denied."""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

# Of the terms of one group, one holds where another does not.
GROUPS: Final = tuple(
    tuple(group.split())
    for group in (
        "甘 苦 辛 酸 咸",
        "寒 热 温 凉 平",
        "心 肝 脾 肺 肾",
        "胃 胆 大肠 小肠 膀胱",
        "太阳 阳明 少阳 太阴 少阴 厥阴",
        "木 火 土 金 水",
        "风 寒 暑 湿 燥 火",
        "青 赤 黄 白 黑",
        "春 夏 秋 冬",
        "虚 实",
        "表 里",
        "阴 阳",
        "气 血",
        "升 降",
        "浮 沉",
        "迟 数",
        "补 泻",
        "上 下",
        "内 外",
        "左 右",
        "前 后",
        "有 无",
        "生 死",
        "多 少",
        "大 小",
        "轻 重",
        "吉 凶",
    )
)

# Where a term is part of one of these it is not a term.
NAMES: Final = tuple(
    name
    for names in (
        "甘草 甘遂 苦参 细辛 辛夷 酸枣 寒水石 赤芍 赤石脂 赤小豆 青皮 青蒿 大青 黄芪 黄连 黄芩",
        "黄柏 黄精 大黄 麻黄 地黄 雄黄 硫黄 牛黄 白术 白芍 白芷 白及 白薇 白前 前胡 木香 木瓜 木通",
        "木贼 沉香 血竭 防风 天南星 水蛭 火麻 土茯苓 麦门冬 天门冬 款冬 忍冬 半夏 夏枯草 冬葵 秋石",
        "大枣 大戟 大腹皮 小茴香 小麦 大麦 生姜 生地 桑寄生 补骨脂 升麻 金银花 郁金 肾气丸 平胃散",
        "伤寒 先生 黄帝 内经",
    )
    for name in names.split()
)

_DENIED = re.compile("不(?=[是能可宜主治为属会应须入])|没(?=有)")
_CLAIMED = re.compile("[是能可宜主治为属会应须入]")
MOST: Final = 64


def changed(text: str) -> list[str]:
    """Return a sentence with one term changed for another of its group, in every way.

    At most 64, none twice, from the end backwards: the end is what a sentence says, the beginning
    what it speaks of.
    """
    # The longest term at a place is the one that stands there: 太阳 is not 阳.
    others = _others()
    terms = re.compile("|".join(sorted((*others, *NAMES), key=len, reverse=True)))
    found = (
        text[: place.start()] + other + text[place.end() :]
        for place in reversed(list(terms.finditer(text)))
        for other in others.get(place[0], ())
    )
    return list(islice(dict.fromkeys(found), MOST))


def denied(text: str) -> list[str]:
    """Return a sentence with its first 不 or 没 gone, or with a 不 before its first known verb."""
    if denial := _DENIED.search(text):
        return [text[: denial.start()] + text[denial.end() :]]
    if claim := _CLAIMED.search(text):
        return [text[: claim.start()] + "不" + text[claim.start() :]]
    return []


def _others() -> dict[str, list[str]]:
    """Return for each term the others of its groups."""
    found: dict[str, list[str]] = {}
    for group in GROUPS:
        for term in group:
            found.setdefault(term, []).extend(other for other in group if other != term)
    return found
