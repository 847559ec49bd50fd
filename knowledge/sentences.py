"""Facts of a table as sentences: the cells in the owner's own frame, or in a plain one."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.notes import Forms, Row, Table

_ENDS = "。！？!?…"


def tell_fact(row: Row, forms: Forms, called: str = "") -> str:
    """Return the sentence of a relation; "" where the cells are empty.

    Args:
        row: the entity.
        forms: the relation.
        called: the name in the question, which is explained where it is an alias.
    """
    if not all(column in row.cells for column in forms.columns):
        if forms.relation not in row.cells:
            return ""
        forms = Forms(forms.relation, (forms.relation,), (), "", forms.place)
    if forms.says:
        return _alias(row, called) + forms.says.format_map({"name": row.name, **row.cells})
    facts = "；".join(f"{column}：{row.cells[column]}" for column in forms.columns)
    return _alias(row, called) + _ended(f"{row.name}的{facts}")


def tell_card(table: Table, row: Row, called: str = "") -> str:
    """Return all that stands of an entity."""
    cells = {"name": row.name, **row.cells}
    if table.card and all(column.name in cells for column in table.columns):
        return _alias(row, called) + table.card.format_map(cells)
    facts = "；".join(f"{column}：{fact}" for column, fact in row.cells.items())
    return _alias(row, called) + _ended(f"{row.name}，{facts}" if facts else row.name)


def tell_group(value: str, names: Sequence[str], most: int = 8) -> str:
    """Return which entities have a fact in common."""
    shown = "、".join(names[:most])
    return f"{value}：{shown}等。" if len(names) > most else f"{value}：{shown}。"


def _alias(row: Row, called: str) -> str:
    return f"{called}就是{row.name}。" if called and called in row.aliases else ""


def _ended(text: str) -> str:
    return text if text.endswith(tuple(_ENDS)) else f"{text}。"
