"""Conversations about the medicines of the primer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from training.data_recipes.primer.items import Medicine
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

_NATURE = (
    "{0}的性味是什么？",
    "{0}是什么性味？",
    "{0}的性味归经",
    "{0}性味如何",
    "{0}是寒性还是热性？",
    "{0}归什么经？",
    "{0}入哪几经",
    "{0}是凉的还是温的？",
    "{0}归哪几经？",
    "{0}的药性是怎样的",
    "{0}性寒还是性温",
    "{0}什么味道，什么性",
    "{0}的归经是什么？",
    "{0}是热性的吗",
)
_EFFECTS = (
    "{0}有什么功效？",
    "{0}的功效",
    "{0}的作用是什么？",
    "{0}有什么用？",
    "{0}有什么作用",
    "{0}的功效与作用",
    "{0}治什么病？",
    "{0}主治什么？",
    "中药{0}有什么作用？",
    "{0}能干什么",
    "古人用{0}做什么？",
    "请问{0}有哪些功效？",
    "{0}有啥好处",
    "{0}是干嘛用的？",
    "{0}这味药有什么作用？",
    "{0}主要用来做什么",
    "{0}能治啥",
    "{0}有什么药用价值？",
    "{0}对身体有什么好处",
    "这味{0}管什么用",
    "古人认为{0}能治什么",
    "{0}主要功能是什么？",
)
_ABOUT = (
    "介绍一下{0}。",
    "{0}",
    "{0}是什么？",
    "讲讲{0}。",
    "我想了解{0}。",
    "你知道{0}吗？",
    "说说{0}吧",
    "古书里怎么说{0}？",
    "什么是{0}？",
    "{0}是什么药？",
    "请介绍{0}",
    "给我讲讲{0}这味药",
    "{0}是什么药材",
    "{0}是啥",
    "科普一下{0}",
    "聊聊{0}",
    "说一下{0}这味药",
    "{0}是一种什么药？",
    "什么叫{0}",
    "能介绍下{0}吗",
    "{0}是个什么东西",
    "中药里的{0}是什么",
)
_TOXIC = ("{0}有毒吗？", "{0}有没有毒", "{0}有毒性吗？", "{0}安全吗？")
_DOSE = (
    "{0}吃多少？",
    "{0}一次用几克？",
    "{0}的用量是多少",
    "{0}一天吃多少合适？",
    "{0}用多少克",
    "{0}怎么吃？",
)
_THEN_NATURE = (
    "性味呢？",
    "它的性味是什么？",
    "它归哪几经？",
    "那性味呢",
    "它是寒是热？",
    "那它是凉性还是温性",
    "是热性的吗",
)
_THEN_EFFECTS = (
    "它有什么用？",
    "有什么功效？",
    "功效呢",
    "那它治什么？",
    "它的作用呢？",
    "它治什么病",
    "有啥用",
    "那有什么好处呢",
)
_THEN_TOXIC = ("有毒吗？", "它有毒吗？", "安全吗", "那有没有毒呀", "这药有毒性吗")
_THEN_DOSE = ("吃多少？", "用量呢？", "一次几克？", "怎么吃？")
_MORE = ("还有别的说法吗？", "还有呢？", "再说一些。", "再讲讲", "多说一点", "然后呢")
_OTHER = ("那{0}呢？", "{0}呢", "{0}呢？", "那{0}呢")
_CLASS = ("{0}有哪些？", "常见的{0}有哪些？", "{0}都有什么", "说几味{0}。", "哪些是{0}？")


def nature_of(one: Medicine) -> str:
    """Return taste, nature and channels in a sentence."""
    return f"{one.name}味{one.taste}，性{one.nature}，归{listed(one.channels)}经。"


def effects_of(one: Medicine) -> str:
    """Return the effects in a sentence, with a warning where it is poisonous."""
    warning = "它有毒，不可自行服用。" if one.toxic else ""
    return f"{one.name}是{one.kind}，能{listed(one.effects)}。{warning}"


def about(one: Medicine) -> str:
    """Return the note and the nature."""
    return f"{one.note}它味{one.taste}，性{one.nature}，能{listed(one.effects[:2])}。"


def toxicity_of(one: Medicine) -> str:
    """Return what books say about poison."""
    return f"{one.name}{one.toxicity}。"


def medicine_conversations(medicines: Sequence[Medicine]) -> Iterator[Turns]:
    """Yield conversations about each medicine, and about the classes that several belong to."""
    for at, one in enumerate(medicines):
        yield from _single(one)
        for copy in range(FOLLOWED):
            other = medicines[(at * 7 + 3 + 11 * copy) % len(medicines)]
            yield from _several(one, other, at + 1000 * copy)
    yield from classes(medicines, _CLASS, "常见的", 6)


def _single(one: Medicine) -> Iterator[Turns]:
    names = (one.name, *one.aliases)
    for name in names:
        called = "" if name == one.name else f"{name}就是{one.name}。"
        templates = _ABOUT if not called else _ABOUT[:4]
        yield from ask(templates, name, called + (one.note if called else about(one)))
    yield from ask(_NATURE, one.name, nature_of(one))
    yield from ask(_EFFECTS, one.name, effects_of(one))
    yield from ask(_TOXIC, one.name, toxicity_of(one))
    yield [(pick(_DOSE, one.name), pick(REFUSALS, one.name))]


def _several(one: Medicine, other: Medicine, at: int) -> Iterator[Turns]:
    first = (pick(_EFFECTS, one.name, at), effects_of(one))
    told = (pick(_ABOUT, one.name, at), about(one))
    yield follow(told, _THEN_NATURE, nature_of(one), at)
    yield follow(told, _THEN_EFFECTS, effects_of(one), at)
    yield follow(told, _THEN_TOXIC, toxicity_of(one), at)
    yield follow(first, _THEN_NATURE, nature_of(one), at)
    asked = (pick(_THEN_EFFECTS, one.name, at + 2), effects_of(one))
    yield [told, asked, (pick(_THEN_NATURE, one.name, at + 3), nature_of(one))]
    yield follow(first, _MORE, one.note, at)
    yield follow(first, _THEN_DOSE, pick(REFUSALS, one.name, at), at)
    yield [first, (pick(_OTHER, other.name, at), effects_of(other))]
    nature = (pick(_NATURE, one.name, at), nature_of(one))
    yield [nature, (pick(_OTHER, other.name, at), nature_of(other))]
    yield [told, (pick(_OTHER, other.name, at), about(other))]
