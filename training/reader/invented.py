"""Examples from tables of invented things: names and figures that nobody has met must be copied."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from knowledge.drafts import REFUSAL
from training.reader.example import Example, company, shuffled

WORLDS = Path(__file__).parent / "worlds.txt"
_TYPE_OF_ROW = "茶酒书课店馆饼汤糕会社园楼街琴画笔布鞋灯船桥亭菜面粥"
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_COLOURS = ("红", "白", "青", "黑", "黄", "紫", "绿", "灰", "米白", "浅蓝", "墨绿", "橘红", "天青")
_PLACES = ("东街", "西巷", "南门", "北路", "河边", "山脚", "桥头", "老城", "后院", "码头", "村口")
_ANSWERS = ("{name}的{r}是{v}。", "{name}的{r}：{v}。", "{name}的{r}是{v}。", "{name}{r}：{v}。")
_SHOWN = ("{name}的{r}：{v}。", "{name}的{r}是{v}。", "{name}，{r}：{v}。", "{name}{r}{v}。")
_GROUPED = ("{}有哪些", "{}的有什么", "哪些是{}的", "{}都有啥？")
_DAYS = "一二三四五六日"
_NUMBERS = "两三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of an invented table.

    Attributes:
        name: its column.
        kind: of its values.
        questions: wordings, with `{}` for the name.
    """

    name: str
    kind: str
    questions: tuple[str, ...]


@cache
def relations() -> tuple[Relation, ...]:
    """Return the relations of `worlds.txt`."""
    lines = WORLDS.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return tuple(Relation(name, kind, tuple(asked)) for name, kind, *asked in rows)


@cache
def _characters() -> str:
    """Return the 3,755 characters of the first level of GB 2312."""
    codes = ((high, low) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    return "".join(bytes(pair).decode("gb2312", "ignore") for pair in codes)


class Invented:
    """Tables made up anew for each example."""

    def __init__(self, phrases: Sequence[str]) -> None:
        """Take clauses of real text, for cells that are longer than a word."""
        self._phrases = phrases

    def example(self, rng: random.Random) -> Example:
        """Return a question about a fact of an invented row that its evidence tells."""
        asked, *more = rng.sample(relations(), rng.choice((1, 1, 2, 3, 4)))
        name, value = self.name(rng), self.value(rng, asked.kind)
        cells = [(asked, value), *((one, self.value(rng, one.kind)) for one in more)]
        others = [self._row(rng, self.name(rng), asked) for _ in range(company(rng))]
        form = rng.random()
        if form < 0.08:
            return self._of_two(rng, asked, (name, value), (self.name(rng), None))
        if form < 0.2:
            return self._by_alias(rng, asked, name, value)
        if form < 0.26:
            return self._of_group(rng)
        evidence = shuffled(rng, [_shown(rng, name, cells)], others)
        question = _question(rng, asked, name)
        told = rng.choice(_ANSWERS).format(name=name, r=asked.name, v=value)
        return Example(evidence, question, told, must=(value,))

    def unanswered(self, rng: random.Random) -> Example:
        """Return a question whose evidence tells of another thing, or of another relation."""
        asked, other, *more = rng.sample(relations(), 3)
        name = self.name(rng)
        if rng.random() < 0.5:
            cells = [(one, self.value(rng, one.kind)) for one in (other, *more)]
            pieces = [_shown(rng, name, cells[: rng.choice((1, 2))])]
        else:
            pieces = [self._row(rng, self.name(rng), asked)]
        pieces += [self._row(rng, self.name(rng), asked) for _ in range(company(rng))]
        return Example(shuffled(rng, (), pieces), _question(rng, asked, name), REFUSAL)

    def _of_two(
        self,
        rng: random.Random,
        asked: Relation,
        first: tuple[str, str],
        second: tuple[str, str | None],
    ) -> Example:
        rows = [first, (second[0], self.value(rng, asked.kind))]
        shown = [_shown(rng, name, [(asked, value)]) for name, value in rows]
        question = _question(rng, asked, f"{rows[0][0]}和{rows[1][0]}")
        told = "，".join(f"{name}的{asked.name}是{value}" for name, value in rows)
        must = tuple(value for _, value in rows)
        return Example(shuffled(rng, shown, ()), question, f"{told}。", must=must)

    def _by_alias(self, rng: random.Random, asked: Relation, name: str, value: str) -> Example:
        """Return a question by another name: `甲就是乙。乙的价格：三块。`."""
        alias = self.name(rng)
        shown = f"{alias}就是{name}。{name}的{asked.name}：{value}。"
        told = (
            shown if rng.random() < 0.5 else f"{alias}就是{name}。{name}的{asked.name}是{value}。"
        )
        others = [self._row(rng, self.name(rng), asked) for _ in range(company(rng))]
        evidence = shuffled(rng, [shown], others)
        return Example(evidence, _question(rng, asked, alias), told, must=(value,))

    def _of_group(self, rng: random.Random) -> Example:
        """Return a question about the things that have a value in common: `甲：乙、丙。`."""
        value, things = self.name(rng), self.value(rng, "list")
        shown = f"{value}：{things}。"
        others = [self._row(rng, self.name(rng), rng.choice(relations()))]
        question = rng.choice(_GROUPED).format(value)
        evidence = shuffled(rng, [shown], others[: company(rng)])
        return Example(evidence, question, shown, must=(things,))

    def _row(self, rng: random.Random, name: str, asked: Relation) -> str:
        relation = asked if rng.random() < 0.6 else rng.choice(relations())
        return _shown(rng, name, [(relation, self.value(rng, relation.kind))])

    def name(self, rng: random.Random) -> str:
        """Return a name of two to five characters."""
        made = "".join(rng.choices(_characters(), k=rng.choice((2, 2, 2, 3))))
        return made + rng.choice(_TYPE_OF_ROW) if rng.random() < 0.5 else made

    def value(self, rng: random.Random, kind: str) -> str:
        """Return a value of a kind of `worlds.txt`."""
        if kind == "phrase":
            return rng.choice(self._phrases)
        if kind == "list":
            return "、".join(self.name(rng) for _ in range(rng.choice((2, 3, 3, 4))))
        if kind in {"word", "person"}:
            first = rng.choice(_SURNAMES) if kind == "person" else ""
            return first + "".join(rng.choices(_characters(), k=rng.choice((1, 2, 2))))
        return _figure(rng, kind)


def _figure(rng: random.Random, kind: str) -> str:
    number, small = rng.randint(1, 999), rng.choice(_NUMBERS)
    start, end = rng.randint(6, 11), rng.randint(12, 22)
    place = f"{''.join(rng.choices(_characters(), k=2))}{rng.choice(_PLACES)}"
    made = {
        "money": (
            f"{number}元",
            f"{small}块",
            f"每斤{rng.randint(5, 99)}元",
            f"{number / 10:.1f}元",
        ),
        "place": (place, f"{place}{rng.randint(1, 300)}号"),
        "amount": (f"{number}克", f"{small}盒", f"{rng.randint(1, 50)}斤"),
        "span": (f"{rng.randint(2, 60)}天", f"{small}个月", f"{small}年"),
        "phone": (f"{rng.randint(200, 899)}{rng.randint(1000, 9999)}",),
        "hours": (
            f"{start}点到{end}点",
            f"上午{start}点",
            f"{start}:{rng.randint(0, 5)}0到{end}:30",
            f"周{rng.choice(_DAYS)}下午{small}点",
        ),
        "day": (f"周{rng.choice(_DAYS)}", f"每月{rng.randint(1, 28)}日"),
        "year": (f"{rng.randint(1600, 2024)}年",),
        "colour": (rng.choice(_COLOURS) + "色",),
        "room": (f"{rng.randint(100, 999)}室", f"{small}号楼{rng.randint(100, 600)}"),
        "count": (f"{rng.randint(2, 90)}人", f"{rng.randint(2, 90)}个"),
        "floor": (f"{small}楼", f"{rng.randint(1, 30)}层"),
        "code": (
            f"{_letter(rng)}{rng.randint(10, 9999)}",
            f"{number}号",
            f"{small}楼{_letter(rng)}{end}架",
        ),
    }
    return rng.choice(made[kind])


def _letter(rng: random.Random) -> str:
    return rng.choice("ABCDEFGHKLMPQRSTWXabcdekmx")


def _shown(rng: random.Random, name: str, cells: Sequence[tuple[Relation, str]]) -> str:
    """Return a row as a piece of evidence, its cells in random order."""
    cells = rng.sample(cells, len(cells))
    if len(cells) == 1:
        return rng.choice(_SHOWN).format(name=name, r=cells[0][0].name, v=cells[0][1])
    between = rng.choice(("：", "：", ""))
    return f"{name}，{'；'.join(f'{one.name}{between}{value}' for one, value in cells)}。"


def _question(rng: random.Random, asked: Relation, name: str) -> str:
    worded = rng.choice((*asked.questions, f"{{}}的{asked.name}"))
    return worded.replace("{}", name) + rng.choice(("", "", "？", "？", "呢"))
