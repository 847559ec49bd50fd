"""Lua scripts, each in a file beside its owner, called with keys and arguments by name.

A file names what it takes on top, and the parts that it builds on:

    -- Makes a lease last; 0 when it was lost.
    -- KEYS lease, active
    -- ARGV token, user, lease_ms
    -- WITH now

Below, each name is a local; a last key that begins with * is a table of any number. Parts lie in
`parts/`. A script is a step that happens wholly or not at all; times are milliseconds of Redis' own
clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from xinglin.store.connection import Client

_PARTS = Path(__file__).with_name("parts")
_TAG = re.compile(r"^-- (KEYS|ARGV|WITH) (.+)$", re.MULTILINE)
Value = str | bytes | int


@dataclass(frozen=True, slots=True)
class Source:
    """A script as it is written.

    Attributes:
        keys: names of its keys; the last one may begin with *.
        arguments: names of its arguments.
        text: what Redis runs.
    """

    keys: tuple[str, ...]
    arguments: tuple[str, ...]
    text: str


class Script:
    """One script, registered with a client."""

    def __init__(self, redis: Client, file: Path) -> None:
        self._source = read_source(file)
        self._name = file.stem
        self._run = redis.register_script(self._source.text)

    def __call__(self, **values: Value | list[str] | list[bytes]) -> Any:
        """Run it; raises redis-py's errors.

        Args:
            values: every key and argument by its name.

        Raises:
            TypeError: one is missing, or too much.
        """
        source = self._source
        names = [name.lstrip("*") for name in (*source.keys, *source.arguments)]
        if set(names) != set(values):
            wrong = ", ".join(sorted(set(names) ^ set(values)))
            raise TypeError(f"{self._name}.lua: missing or unknown: {wrong}")
        keys: list[Value] = []
        for name in source.keys:
            value = values[name.lstrip("*")]
            keys += value if isinstance(value, list) else [value]
        return self._run(keys=keys, args=[values[name] for name in source.arguments])


@cache
def read_source(file: Path) -> Source:
    """Read a script with its parts."""
    text = file.read_text("utf-8")
    tags: dict[str, list[str]] = {"KEYS": [], "ARGV": [], "WITH": []}
    for tag, names in _TAG.findall(text):
        tags[tag] += [name for name in re.split(r"[,\s]+", names) if name]
    lines = [_local(name, "KEYS", place) for place, name in enumerate(tags["KEYS"], 1)]
    lines += [_local(name, "ARGV", place) for place, name in enumerate(tags["ARGV"], 1)]
    parts = [(_PARTS / f"{part}.lua").read_text("utf-8") for part in tags["WITH"]]
    whole = "\n".join(["\n".join(lines), *parts, text])
    return Source(tuple(tags["KEYS"]), tuple(tags["ARGV"]), whole)


def _local(name: str, table: str, place: int) -> str:
    if name.startswith("*"):
        return f"local {name[1:]} = {{unpack({table}, {place})}}"
    return f"local {name} = {table}[{place}]"
