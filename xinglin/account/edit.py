"""Changes to the text of `account.toml`: comments and the order of all else stay.

Each change is carried out twice, on the text and on what the text says. Where the two do not agree
(keys written in a way that is not expected here), nothing is changed.
"""

from __future__ import annotations

import codecs
import copy
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from xinglin.account.positions import Path, Statement, statements_of
from xinglin.account.template import quoted
from xinglin.bilingual import Notice
from xinglin.errors import AccountError

Values = dict[str, Any]
_LONGEST_LINE = 90


def read_values(raw: bytes) -> Values:
    """Return what an `account.toml` says, as it was checked when it was published."""
    return tomllib.loads(raw.decode("utf-8-sig").replace("\r\n", "\n"))


def set_keys(raw: bytes, table: Path, changes: Mapping[str, Any]) -> bytes:
    """Return the file with keys of a table set, or removed where the value is None.

    Args:
        raw: the file.
        table: `()` for the root, `("scenes",)`, or `("reply", 0)` for the first rule.
        changes: by key.

    Raises:
        AccountError: the file is written in a way that cannot be changed here.
    """
    if not changes:
        return raw

    def on_text(text: str) -> str:
        for key, value in changes.items():
            text = _with_key(text, table, key, value)
        return text

    def on_values(values: Values) -> None:
        if len(table) == 1 and any(value is not None for value in changes.values()):
            values.setdefault(str(table[0]), {})
        inner = _inner(values, table)
        for key, value in changes.items():
            inner.pop(key, None)
            if value is not None:
                inner[key] = value

    return _changed(raw, on_text, on_values)


def add_table(raw: bytes, name: str, values: Values) -> bytes:
    """Return the file with another `[[name]]` behind those that are there.

    Raises:
        AccountError: see `set_keys`.
    """
    lines = "".join(f"{key} = {_value(value)}\n" for key, value in values.items())

    def on_text(text: str) -> str:
        blocks = _blocks(text, name)
        at = blocks[-1][1] if blocks else len(text)
        before = text[:at].rstrip("\n")
        return f"{before}\n\n[[{name}]]\n{lines}{_apart(text[at:])}"

    def on_values(found: Values) -> None:
        found.setdefault(name, []).append(values)

    return _changed(raw, on_text, on_values)


def remove_table(raw: bytes, name: str, at: int) -> bytes:
    """Return the file without one `[[name]]`; comments around it stay.

    Raises:
        AccountError: see `set_keys`.
    """

    def on_text(text: str) -> str:
        start, end = _blocks(text, name)[at]
        return text[:start] + text[end:].lstrip("\n")

    def on_values(found: Values) -> None:
        del found[name][at]
        if not found[name]:
            del found[name]

    return _changed(raw, on_text, on_values)


def move_table(raw: bytes, name: str, at: int, to: int) -> bytes:
    """Return the file with one `[[name]]` at another place among them.

    Raises:
        AccountError: see `set_keys`.
    """

    def on_text(text: str) -> str:
        blocks = _blocks(text, name)
        pieces = [text[start:end].rstrip("\n") + "\n" for start, end in blocks]
        pieces.insert(to, pieces.pop(at))
        for (start, end), piece in reversed(list(zip(blocks, pieces, strict=True))):
            text = text[:start] + piece + text[end:]
        return text

    def on_values(found: Values) -> None:
        found[name].insert(to, found[name].pop(at))

    return _changed(raw, on_text, on_values)


def _changed(
    raw: bytes, on_text: Callable[[str], str], on_values: Callable[[Values], None]
) -> bytes:
    text = raw.decode("utf-8-sig")
    wanted = copy.deepcopy(read_values(raw))
    try:
        made = on_text(text.replace("\r\n", "\n"))
        on_values(wanted)
        agrees = tomllib.loads(made) == wanted
    except (tomllib.TOMLDecodeError, LookupError, TypeError, AttributeError):
        agrees = False
    if not agrees:
        raise AccountError(
            Notice(
                "account.toml is written in a way that the desk cannot change here; edit the file"
                " and publish it with `xinglin account publish`",
                "account.toml 的这一处写法，工作台改不了；请直接修改文件，再用"
                " xinglin account publish 发布",
            )
        )
    made = made.replace("\n", "\r\n") if "\r\n" in text else made
    return (codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b"") + made.encode()


def _with_key(text: str, table: Path, key: str, value: Any) -> str:
    found = list(statements_of(text))
    old = [one for one in found if one.path[: len(table) + 1] == (*table, key)]
    line = "" if value is None else f"{_key(key)} = {_value(value)}\n"
    if old:
        for one in reversed(old[1:]):
            text = text[: one.start] + text[one.end :]
        return text[: old[0].start] + line + text[old[0].end :]
    if not line:
        return text
    first_header = next((one.start for one in found if one.is_header), len(text))
    default = re.compile(rf"^# {re.escape(key)} = .*\n", re.MULTILINE)
    if not table and (comment := default.search(text, 0, first_header)):
        return text[: comment.start()] + line + text[comment.end() :]
    return _inserted(text, found, table, line)


def _inserted(text: str, found: list[Statement], table: Path, line: str) -> str:
    """Return a text with a line behind the last key of a table, or in a table made for it."""
    own = [one for one in found if one.path[:-1] == table and not one.is_header]
    header = [one for one in found if one.path == table and one.is_header]
    if own or header:
        at = (own or header)[-1].end
        return f"{text[:at].rstrip(chr(10))}\n{line}{text[at:]}"
    if not table:
        return f"{line}\n{text}"
    return f"{text.rstrip(chr(10))}\n\n[{_key(str(table[0]))}]\n{line}"


def _blocks(text: str, name: str) -> list[tuple[int, int]]:
    """Return begin and end of each `[[name]]`, from its header to its last key."""
    blocks: list[tuple[int, int]] = []
    for one in statements_of(text):
        if one.path[0] != name:
            continue
        if one.is_header and len(one.path) == 2:
            blocks.append((one.start, one.end))
        else:
            blocks[-1] = (blocks[-1][0], one.end)
    return blocks


def _apart(rest: str) -> str:
    return f"\n{rest.lstrip(chr(10))}" if rest.strip() else ""


def _inner(values: Values, table: Path) -> Values:
    inner: Any = values
    for part in table:
        inner = inner[part]
    found: Values = inner
    return found


def _key(key: str) -> str:
    return key if re.fullmatch("[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_one(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        line = "[" + ", ".join(map(_one, value)) + "]"
        rows = "".join(f"  {_one(one)},\n" for one in value)
        return line if len(line) <= _LONGEST_LINE else f"[\n{rows}]"
    return _one(value)


def _one(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
