"""`*.csv`: pairs of question and answer, or a table of facts."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from knowledge.decode import checked
from knowledge.errors import wrong
from knowledge.notes import Column, Note, Place, Row, Table

_QUESTION = {"question", "questions", "q", "问", "问题", "提问", "问法"}
_ANSWER = {"answer", "answers", "a", "答", "答案", "回答", "回复", "答复"}
_NAME = {
    *("name", "title", "product", "item", "goods", "service", "course", "dish", "model"),
    *("名", "产品", "商品", "货品", "物品", "菜品", "药品", "药材", "项目", "款式", "型号"),
    *("品种", "服务", "课程", "套餐"),
}
_NAME_ENDINGS = ("名", "名称", "名字", "name")
_NO_NAME_ENDINGS = ("别名", "又名", "俗名", "署名", "报名", "排名", "签名", "实名", "username")
_ALIASES = {"aliases", "alias", "别名", "又名"}
_BETWEEN = re.compile("[、,，;；/|]")
_SIGNS = str.maketrans("｜", "|")

csv.field_size_limit(1 << 30)  # a long cell gets our sentence, not the module's


def read_csv(text: str, file: str) -> list[Note] | Table:
    """Read a file of pairs, or a table.

    Raises:
        ReadError: the file has no header that says what it is, or a row does not fit it.
    """
    rows = _rows(text, file)
    first = next(rows, None)
    if first is None:
        raise wrong(
            file,
            "empty; write a header and rows, or remove the file",
            "是空的；请写上表头和内容，或者删去这个文件",
        )
    place, cells = first
    header = [checked(cell.translate(_SIGNS), place, "a header") for cell in cells]
    while header and not header[-1]:
        header.pop()
    words = [cell.lower() for cell in header]
    if len(words) == 2 and words[0] in _QUESTION and words[1] in _ANSWER:
        return _pairs(rows, file)
    if words and _names_the_thing(words[0]):
        return _table(header, place, rows)
    begins = header[0] if header else ""
    raise wrong(
        place,
        f"the header begins with {begins!r}; write question,answer (问,答) for pairs, or name"
        " (名称) first for a table",
        f"表头第一格是“{begins}”；一问一答请写“问,答”，表格的第一列请写“名称”",
    )


def _names_the_thing(word: str) -> bool:
    """Return whether a header plainly is that of names: 名称, 菜名, product."""
    word = word.split("|", maxsplit=1)[0].strip()
    return word in _NAME or (word.endswith(_NAME_ENDINGS) and not word.endswith(_NO_NAME_ENDINGS))


def _rows(text: str, file: str) -> Iterator[tuple[Place, list[str]]]:
    first = text.split("\n", 1)[0]
    between = max(",\t;，", key=first.count) if first else ","
    reader = csv.reader(io.StringIO(text), delimiter=between, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise wrong(
                Place(file, line),
                f"no CSV ({error}); close each quotation mark, or save the sheet as CSV again",
                "不是 CSV：引号没有成对；请补上引号，或从表格软件重新另存为 CSV",
            ) from error
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield Place(file, line), cells


def _pairs(rows: Iterator[tuple[Place, list[str]]], file: str) -> list[Note]:
    """Return a note for each answer; rows with the same answer are its wordings."""
    found: dict[str, tuple[Place, list[str]]] = {}
    for place, cells in rows:
        pair = _filled(cells, 2, place)
        question = checked(pair[0], place, "the question")
        answer = checked(pair[1], place, "the answer")
        if not question or not answer:
            raise wrong(
                place,
                "a question and an answer are needed; fill in the other, or remove the row",
                "要有问题也要有回答；请补上，或删去这一行",
            )
        found.setdefault(answer, (place, []))[1].append(question)
    return [
        Note(f"{file}:{place.line}", asked[0], tuple(dict.fromkeys(asked)), (answer,), place)
        for answer, (place, asked) in found.items()
    ]


def _table(header: list[str], place: Place, rows: Iterator[tuple[Place, list[str]]]) -> Table:
    aliases_at = 1 if len(header) > 1 and header[1].lower() in _ALIASES else 0
    columns = tuple(_column(cell, place) for cell in header[aliases_at + 1 :])
    names = [column.name for column in columns]
    if not columns or len(set(names)) < len(names):
        raise wrong(
            place,
            "a table needs a name and relations, each with its own header",
            "表格要有名称和至少一列属性，各列表头不能相同；请改表头",
        )
    found = []
    for at, given in rows:
        cells = _filled(given, len(header), at)
        name = checked(cells[0], at, "the name")
        if not name:
            raise wrong(
                at,
                "the first column, the name, is empty; fill it in, or remove the row",
                "第一列（名称）是空的；请填上，或删去这一行",
            )
        others = _split(cells[1], at) if aliases_at else ()
        texts = [checked(cell, at, "a cell") for cell in cells[aliases_at + 1 :]]
        facts = {key: text for key, text in zip(names, texts, strict=True) if text}
        found.append(Row(name, tuple(one for one in others if one != name), facts, at))
    if not found:
        raise wrong(
            place.file,
            "a header and no row; add rows, or remove the file",
            "只有表头没有内容；请加上内容，或删去这个文件",
        )
    return Table(place.file.rsplit(".", 1)[0], columns, tuple(found))


def _column(cell: str, place: Place) -> Column:
    words = [word.strip() for word in cell.split("|") if word.strip()]
    if not words:
        raise wrong(
            place,
            "a column without a header; write one, or remove the column",
            "有一列没有表头；请写上，或删去这一列",
        )
    if set("{}") & set(cell):
        raise wrong(
            place, f"braces in the header {cell!r}; remove them", f"表头“{cell}”里有花括号；请删去"
        )
    return Column(words[0], tuple(words[1:]))


def _split(cell: str, place: Place) -> tuple[str, ...]:
    parts = (one.strip() for one in _BETWEEN.split(checked(cell, place, "the aliases")))
    return tuple(dict.fromkeys(one for one in parts if one))


def _filled(cells: list[str], width: int, place: Place) -> list[str]:
    if any(cell.strip() for cell in cells[width:]):
        raise wrong(
            place,
            f"{len(cells)} cells, and the header has {width};"
            ' put a cell that holds commas between quotation marks ("...")',
            f'有 {len(cells)} 格，表头只有 {width} 格；格子里有逗号的，请用英文引号括起来（"…"）',
        )
    return [*cells[:width], *[""] * (width - len(cells))]
