"""Every cell of every table, asked in three wordings that stand nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.find import Finder
from training.evaluation.service.asking import Reply, Service
from training.evaluation.service.figures import Share, count

WORDINGS = {
    ("herbs", "味"): ("{}尝起来是什么味儿", "{}的味道是哪几样", "我想知道{}是酸是苦"),
    ("herbs", "性"): ("{}的药性是凉是热", "{}的寒热属性", "吃{}是凉性还是热性的呀"),
    ("herbs", "归经"): ("{}走哪些脏腑的经", "{}归属于什么经络", "{}入的是哪条经脉"),
    ("herbs", "功效"): ("{}到底管什么用", "{}的作用有哪些呀", "古人拿{}做什么使"),
    ("herbs", "毒性"): ("{}算不算有毒的药", "{}毒性大不大", "{}有毒没有"),
    ("herbs", "类别"): ("{}属于哪一大类", "药书里{}归入哪一类", "{}是补药还是别的什么药"),
    ("herbs", "说明"): ("给我讲讲{}", "{}是个什么药材", "我没听说过{}，介绍一下"),
    ("formulas", "组成"): ("{}用了哪几样药", "{}的方子里有些什么", "{}由哪些药材配成"),
    ("formulas", "功效"): ("{}的功效说一下", "{}起到什么效果", "{}能干什么"),
    ("formulas", "主治"): ("{}适用于哪些情况", "{}是对付什么病的", "什么样的毛病古时用{}"),
    ("formulas", "出处"): ("{}最早见于哪部书", "{}是哪位医家的方", "{}的来历"),
    ("formulas", "类别"): ("{}算哪类方子", "药书把{}归进哪一类", "{}属于什么类的方剂"),
    ("formulas", "说明"): ("给我讲讲{}", "{}是个什么方子", "我没听说过{}，介绍一下"),
}  # fmt: skip
_USUAL = ("{{}}的{}", "{{}}，{}是什么", "请问{{}}的{}呢")
_DESCRIPTION = "说明"


@dataclass(frozen=True, slots=True)
class Cell:
    """A fact of a table."""

    table: str
    name: str
    column: str
    value: str

    @property
    def questions(self) -> tuple[str, ...]:
        """Three wordings; by the column's name where the table is another owner's."""
        usual = tuple(form.format(self.column) for form in _USUAL)
        return tuple(
            form.format(self.name) for form in WORDINGS.get((self.table, self.column), usual)
        )


def cells(finder: Finder) -> Iterator[Cell]:
    """Yield each cell of all tables."""
    for table, row in finder.index.rows():
        for column, value in row.cells.items():
            yield Cell(table.id, row.name, column, value)


def measure_cells(service: Service) -> list[Share]:
    """Ask for every cell; return the shares that are right and that are false."""
    judged = [
        (reply := service.ask(question), judge(cell, reply), cell.value)
        for cell in cells(service.finder)
        for question in cell.questions
    ]
    right = [(reply, verdict == "right", wanted) for reply, verdict, wanted in judged]
    false = [(reply, verdict == "false", wanted) for reply, verdict, wanted in judged]
    return [
        count("cells of all tables, three wordings: right", right, 0.95),
        count("of these told falsely (another thing's)", false, 0.0, most=True),
    ]


def judge(cell: Cell, reply: Reply) -> str:
    """Return "right", "false" (another thing's cell), "beside" or "silent"."""
    if not reply.answers:
        return "silent"
    if cell.name not in reply.body:
        return "beside" if reply.by == "note" else "false"
    parts = [part for part in re.split("[、，。；]", cell.value) if part]
    told = cell.column == _DESCRIPTION or all(part in reply.body for part in parts)
    return "right" if told else "beside"
