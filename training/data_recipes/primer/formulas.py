"""Conversations about the formulas of the primer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from training.data_recipes.primer.items import Formula
from training.data_recipes.primer.wording import (
    FOLLOWED,
    REFUSALS,
    Turns,
    ask,
    classes,
    follow,
    listed,
    pick,
)

_PARTS = (
    "{0}由哪些药组成？",
    "{0}的组成是什么？",
    "{0}里有哪些药？",
    "{0}用了哪些药？",
    "{0}的组成",
    "{0}是哪几味药",
    "{0}的配方是什么？",
    "{0}有哪几味药？",
    "请问{0}由什么组成",
    "{0}含有哪些药材？",
    "{0}里面都有啥药",
    "{0}包括哪几味药？",
    "{0}由什么药材构成",
    "{0}的药材有哪些？",
    "{0}都用些什么药",
    "{0}是由什么组成的？",
    "{0}里有什么",
    "{0}一共几味药，都是什么",
    "组成{0}的是哪些药？",
    "{0}的方子里都有谁",
)
_USE = (
    "{0}治什么？",
    "什么情况下用{0}？",
    "{0}主治什么？",
    "{0}有什么作用？",
    "{0}的功效",
    "{0}治什么病",
    "{0}有什么用？",
    "{0}的功效与主治",
    "{0}是干什么用的？",
    "古人什么时候用{0}？",
    "{0}是治啥的",
    "{0}用来干什么？",
    "{0}针对什么病",
    "{0}能治什么症状？",
    "{0}有啥用",
    "{0}的主治是什么？",
    "古人拿{0}治什么病",
    "{0}适合什么情况",
    "{0}主要管什么",
    "{0}能解决什么问题？",
)
_ABOUT = (
    "请介绍一下{0}。",
    "古方{0}是怎样的？",
    "讲讲{0}。",
    "{0}",
    "{0}是什么？",
    "介绍一下{0}",
    "你知道{0}吗？",
    "说说{0}吧",
    "什么是{0}？",
    "我想了解{0}",
    "{0}是什么方子？",
    "{0}是啥",
    "科普一下{0}",
    "聊聊{0}这个方子",
    "说一下{0}",
    "{0}是个什么方",
    "能介绍下{0}吗",
    "什么叫{0}",
    "{0}这张方子讲的是什么",
)
_ORIGIN = ("{0}是谁创的？", "{0}出自哪里？", "{0}是谁的方子", "{0}是什么时候的方子？", "{0}的来历")
_DOSE = (
    "{0}怎么吃？",
    "{0}一次喝多少？",
    "{0}的剂量是多少？",
    "{0}各用几克",
    "我能吃{0}吗？",
    "{0}我可以自己抓来喝吗？",
)
_THEN_PARTS = ("它由哪些药组成？", "有哪些药？", "组成呢？", "里面有什么药", "都有什么药？")
_THEN_USE = ("它治什么？", "治什么的？", "主治呢？", "有什么用", "那它治什么病？")
_THEN_ORIGIN = (
    "谁创的？",
    "出自哪里？",
    "是谁的方子？",
    "哪个朝代的？",
    "出自哪本书",
    "作者是谁",
    "谁写的呀",
)
_THEN_DOSE = ("怎么吃？", "我能吃吗？", "剂量呢？", "各用多少？")
_MORE = ("还有别的说法吗？", "还有呢？", "再说一些。", "再讲讲", "多说一点")
_OTHER = ("那{0}呢？", "{0}呢", "{0}呢？", "那{0}呢")
_CLASS = ("{0}有哪些？", "有名的{0}有哪些？", "{0}都有什么方", "说几个{0}。", "哪些方是{0}？")


def parts_of(one: Formula) -> str:
    """Return what it is made of, in a sentence."""
    return f"{one.name}由{listed(one.parts)}组成。"


def use_of(one: Formula) -> str:
    """Return effect and use in a sentence."""
    return f"{one.name}能{listed(one.effects)}，主治{one.use}。"


def about(one: Formula) -> str:
    """Return the note and what it is made of."""
    return f"{one.note}它由{listed(one.parts)}组成。"


def origin_of(one: Formula) -> str:
    """Return who recorded it."""
    return f"{one.name}出自{one.origin}，是有名的{one.kind}。"


def formula_conversations(formulas: Sequence[Formula]) -> Iterator[Turns]:
    """Yield conversations about each formula, and about the classes that several belong to."""
    for at, one in enumerate(formulas):
        yield from _single(one)
        for copy in range(FOLLOWED):
            other = formulas[(at * 7 + 3 + 11 * copy) % len(formulas)]
            yield from _several(one, other, at + 1000 * copy)
    yield from classes(formulas, _CLASS, "有名的", 5)


def _single(one: Formula) -> Iterator[Turns]:
    for name in one.aliases:
        yield from ask(_ABOUT[:5], name, f"{name}就是{one.name}。{one.note}")
    yield from ask(_ABOUT, one.name, about(one))
    yield from ask(_PARTS, one.name, parts_of(one))
    yield from ask(_USE, one.name, use_of(one))
    yield from ask(_ORIGIN, one.name, origin_of(one))
    yield [(pick(_DOSE, one.name), pick(REFUSALS, one.name))]


def _several(one: Formula, other: Formula, at: int) -> Iterator[Turns]:
    parts = (pick(_PARTS, one.name, at), parts_of(one))
    use = (pick(_USE, one.name, at), use_of(one))
    told = (pick(_ABOUT, one.name, at), about(one))
    yield follow(parts, _THEN_USE, use_of(one), at)
    yield follow(use, _THEN_PARTS, parts_of(one), at)
    yield follow(told, _THEN_USE, use_of(one), at)
    yield follow(told, _THEN_ORIGIN, origin_of(one), at)
    yield follow(parts, _THEN_ORIGIN, origin_of(one), at + 1)
    asked = (pick(_THEN_USE, one.name, at + 2), use_of(one))
    yield [parts, asked, (pick(_THEN_ORIGIN, one.name, at + 3), origin_of(one))]
    yield follow(use, _MORE, one.note, at)
    yield follow(use, _THEN_DOSE, pick(REFUSALS, one.name, at), at)
    yield [parts, (pick(_OTHER, other.name, at), parts_of(other))]
    yield [use, (pick(_OTHER, other.name, at), use_of(other))]
    yield [told, (pick(_OTHER, other.name, at), about(other))]
