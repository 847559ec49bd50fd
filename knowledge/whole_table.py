"""Questions over a whole table: the cheapest, all under a hundred, a list of what there is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.aspects import aspects
from knowledge.found import Band, Found, Kind, Piece, Subject
from knowledge.notes import Column, Row, Table
from knowledge.numbers import comparable, quantity
from xinglin.normal import compact

_LONGEST, _SHOWN = 40, 8
_LEAST = "便宜|低|少|小|短|近|轻|早|矮|浅|实惠|老|古老"
_MOST = "贵|高|多|大|长|远|重|晚|厚|深|久|新"
_EXTREME = re.compile(f"最(?:(?P<least>{_LEAST})|(?P<most>{_MOST}))")
_CHEAP = re.compile("(?:比较)?(?P<least>便宜)(?:一?[点些])?的")
_ASKS = re.compile("有|哪|什么|推荐|吗")
_BOUND = re.compile(
    "(?P<number>[0-9]+(?:\\.[0-9]+)?|[一二两三四五六七八九十百千]+)(?P<unit>[^0-9，。？]{0,3}?)"
    "(?P<side>以下|以内|之内|不到|内|以上|起|往上)"
)
# The words of headers that an adjective measures.
_MEASURES = {
    **dict.fromkeys(("便宜", "贵", "实惠"), ("价格", "费用", "门票")),
    **dict.fromkeys(("大", "小"), ("尺寸", "面积", "人数")),
    **dict.fromkeys(("高", "矮"), ("高度", "海拔", "尺寸")),
    **dict.fromkeys(("长", "短"), ("长度", "时长")),
    **dict.fromkeys(("远", "近"), ("距离",)),
    **dict.fromkeys(("重", "轻"), ("重量",)),
    **dict.fromkeys(("老", "古老", "早", "新", "晚"), ("年代", "时间")),
    **dict.fromkeys(("深", "浅"), ("深度",)),
    "久": ("时长", "保质期"),
    "厚": ("厚度", "页数"),
}
_LISTS = re.compile(
    "有哪些|有哪几|有什么|有啥|都有|哪些|哪几[种样个款本门]|几[种样款门]|多少[种样款门本]|卖什么|卖啥|卖哪些|"
    "价目表|价格表|目录|全部|都多少钱|列一下|列出"
)
_PRICED = re.compile("价目表|价格表|都?多少钱|价格")
_COUNTS = re.compile("几[种样款门本]|多少[种样款门本个]")
_FRAME = re.compile(
    "你们|咱们|咱|这里|这儿|你家|店里|馆里|学校|家里|现在|目前|一共|总共|所有|全部|分别|请问|里面|当中|之中|其中|推荐|介绍|列一?下|列出|告诉我|给我|"
    "有哪些|有哪几|有什么|有啥|都有|哪些|哪几|哪一?|有没有|什么|几|多少钱?|卖|谁|有|是|的|了|吗|呢|啊|呀|都|个|件|种|款|样|本|门|味|家|一|点|些|要|在|里|"
    "价目表|价格表|目录|比较|性价比|预算|想|买|找|我|会|能|元|块钱?"
)
_ANY = frozenset("名称价格表")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A column that may be asked for, and the text without its words."""

    table: Table
    column: Column
    rest: str


def over_tables(tables: Sequence[Table], text: str) -> Found | None:
    """Return what tables say on a question over all their rows; None where it is none.

    Args:
        tables: of the account.
        text: in the normal form.
    """
    if len(text) > _LONGEST:
        return None
    text = compact(text)
    found = _EXTREME.search(text)
    if found is None and _ASKS.search(text):
        found = _CHEAP.search(text)
    if found is not None:
        return _extreme(tables, text, found)
    if found := _BOUND.search(text):
        return _bounded(tables, text, found)
    return _list(tables, text) if _LISTS.search(text) else None


def _extreme(tables: Sequence[Table], text: str, found: re.Match[str]) -> Found | None:
    least = found["least"]
    word = least or found["most"]
    for asked in _columns(tables, text.replace(found[0], "", 1), _MEASURES.get(word, ())):
        name = asked.column.name
        numbers, others = comparable(asked.table.rows, name)
        if len(numbers) < 2 or not _is_frame(asked):
            continue
        best = (min if least else max)(value for value, _ in numbers)
        rows = [row for value, row in numbers if value == best]
        told = f"{name}最{word}的是{_named(rows, name)}。"
        if others:
            told += f"另外，{_named(others, name)}，不好直接比。"
        return _made(asked.table, rows, name, told, text)
    return None


def _bounded(tables: Sequence[Table], text: str, found: re.Match[str]) -> Found | None:
    limit = quantity(found["number"])
    below = found["side"] not in ("以上", "起", "往上")
    measures = ("价格", "费用") if found["unit"][:1] in ("元", "块") else ()
    for asked in _columns(tables, text.replace(found[0], "", 1), measures):
        name = asked.column.name
        known = [
            (one.value, row)
            for row in asked.table.rows
            if (one := quantity(row.cells.get(name, ""))) is not None
        ]
        if limit is None or len(known) < 2 or not _is_frame(asked):
            continue
        edge = limit.value
        rows = [row for value, row in known if value == edge or (value < edge) == below]
        which = f"{name}{found[0]}的"
        told = f"{which}有{_named(rows, name)}。" if rows else f"没有{which}。"
        return _made(asked.table, rows, name, told, text)
    return None


def _list(tables: Sequence[Table], text: str) -> Found | None:
    """Return the names of the one table that is meant."""
    rest = set(_FRAME.sub("", text))
    for table in tables:
        kind = set(compact(table.id.rsplit("/", 1)[-1]))
        if rest - kind - _ANY or not (rest & kind or len(tables) == 1):
            continue
        priced = _priced(table) if _PRICED.search(text) else ""
        count = f"一共{len(table.rows)}种：" if _COUNTS.search(text) else "有"
        return _made(table, (), "", f"{count}{_named(table.rows, priced)}。", text)
    return None


def _columns(tables: Sequence[Table], rest: str, measures: Sequence[str]) -> Iterator[_Asked]:
    """Yield the columns that a question may measure, those that it names first."""
    for table in tables:
        for column in table.columns:
            named = [word for word in (column.name, *column.synonyms) if word in rest]
            if named:
                yield _Asked(table, column, rest.replace(max(named, key=len), "", 1))
    headers = tuple(
        word for one in aspects() if set(measures) & set(one.headers) for word in one.headers
    )
    for table in tables:
        for column in table.columns:
            words = (column.name, *column.synonyms)
            if any(word.endswith((*headers, *measures)) for word in words):
                yield _Asked(table, column, rest)


def _is_frame(asked: _Asked) -> bool:
    """Return whether a question holds no more than a frame and characters of the table's names."""
    table = asked.table
    said = compact("".join((table.id, *(row.name for row in table.rows))))
    return all(character in said for character in _FRAME.sub("", asked.rest))


def _priced(table: Table) -> str:
    """Return the column of the prices; "" where there is none."""
    price = next(one for one in aspects() if "价格" in one.headers)
    named = (one for one in table.columns if price.is_of((one.name, *one.synonyms)))
    return next((one.name for one in named), "")


def _named(rows: Sequence[Row], column: str) -> str:
    """Return the first names, each with its fact of a column."""
    shown = "、".join(
        f"{row.name}（{row.cells[column]}）" if column in row.cells else row.name
        for row in rows[:_SHOWN]
    )
    return f"{shown}等" if len(rows) > _SHOWN else shown


def _made(table: Table, rows: Sequence[Row], column: str, told: str, text: str) -> Found:
    only = rows[0] if len(rows) == 1 else None
    where = f"row:{table.id}/{only.name}/{column}" if only else f"group:{table.id}/{column}"
    subject = Subject(where, only.name, column) if only else None
    piece = Piece(where, told, only.name if only else table.id, text, table.id, 1.0)
    return Found(Kind.GROUP, Band.ANSWER, (piece,), 9.0, text, subject)
