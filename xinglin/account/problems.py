"""Problems of an account's files: file, line, key and remedy of each, in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from xinglin.account.positions import Path
from xinglin.bilingual import Notice


@dataclass(slots=True)
class Problems:
    """Problems of one file.

    Attributes:
        file: its name for people.
        lines: the line of each key.
        found: one sentence each.
    """

    file: str
    lines: dict[Path, int] = field(default_factory=dict)
    found: list[Notice] = field(default_factory=list)

    def add(self, path: Path, english: str, chinese: str) -> None:
        """Note a problem of a key, or of the nearest table where the key is missing."""
        line, key = self._line(path), _shown(path)
        place = "".join((f", line {line}" if line else "", f", {key}" if key else ""))
        place_zh = "".join((f" 第 {line} 行" if line else "", f" {key}" if key else ""))
        self.found.append(
            Notice(f"{self.file}{place}: {english}", f"{self.file}{place_zh}：{chinese}")
        )

    def _line(self, path: Path) -> int:
        if path and isinstance(path[-1], str) and (*path, 0) in self.lines:
            path = (*path, 0)  # a whole array of tables begins with its first
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0) if path else 0


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the file, whose values are taken out with their types checked."""

    values: dict[str, Any]
    path: Path
    problems: Problems

    def check_keys(self, known: Iterable[str]) -> None:
        """Note every key that is not known, with the nearest that is."""
        known = sorted(known)
        for key in self.values:
            if key not in known:
                close = get_close_matches(key, known, 1)
                hint = f"; did you mean {close[0]}?" if close else f"; known: {', '.join(known)}"
                hint_zh = f"；是不是 {close[0]}？" if close else f"；可用的有：{'、'.join(known)}"
                self.add(key, f"there is no such key{hint}", f"没有这个键{hint_zh}")

    def add(self, key: str, english: str, chinese: str) -> None:
        """Note a problem of one of the keys."""
        self.problems.add((*self.path, key) if key else self.path, english, chinese)

    def text(self, key: str, default: str = "") -> str:
        """Return a text; notes anything else."""
        value = self.values.get(key, default)
        if isinstance(value, str):
            return value.strip()
        self.add(key, f'write a text in quotes: {key} = "…"', f'要写成引号里的文字：{key} = "…"')
        return default

    def texts(self, key: str, most: int) -> list[str]:
        """Return a text or a list of texts, none of them empty; notes anything else."""
        value = self.values.get(key, [])
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            self.add(
                key,
                f'write a text or a list of them: {key} = ["…", "…"]',
                f'要写成一段文字或一个列表：{key} = ["…", "…"]',
            )
            return []
        if len(listed) > most:
            self.add(key, f"at most {most} are read; write fewer", f"最多 {most} 条，请减少")
            return []
        if not all(one.strip() for one in listed):
            self.add(key, "an empty text; fill it in or remove it", "有空的文字，请填上或删去")
            return []
        return [one.strip() for one in listed]

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false; notes anything else."""
        value = self.values.get(key, default)
        if isinstance(value, bool):
            return value
        self.add(key, "write true or false, without quotes", "要写 true 或 false，不加引号")
        return default

    def tables(self, key: str, most: int) -> list[Table]:
        """Return the tables of an array such as `[[reply]]`; notes anything else."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.add(key, f"write it as [[{key}]], one a table", f"要写成一个个 [[{key}]]")
            return []
        if len(value) > most:
            self.add(key, f"at most {most} are read; write fewer", f"最多 {most} 个，请减少")
            return []
        return [
            Table(one, (*self.path, key, number), self.problems) for number, one in enumerate(value)
        ]


def _shown(path: Path) -> str:
    """Return a path for people: `reply 3, regex`."""
    words: list[str] = []
    for part in path:
        if isinstance(part, int):
            words[-1] += f" {part + 1}"
        else:
            words.append(part)
    return ", ".join(words)
