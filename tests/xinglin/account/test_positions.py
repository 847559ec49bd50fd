"""Lines of the keys of a TOML file."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinglin.account.positions import lines_of

FILE = '''\
# greeting = "not this one"
greeting = """
match = "within a text"
[[reply]]
"""
"help" = 'a # no comment'  # one
list = [
  "a",
  "b",  # ]
]
one.two = 1

[[reply]]
match = "x"
text = """a"""
[[reply]]
  news = {title = "t", url = "u"}

[scenes]
"qrscene_1" = "x"
[[menu]]
name = "a"
[[menu.below]]
name = "b"
[[menu]]
[[menu.below]]
[[menu.below]]
name = "c"
'''


def test_each_key_has_its_line() -> None:
    lines = lines_of(FILE)

    assert lines[("greeting",)] == 2
    assert lines[("help",)] == 6
    assert lines[("list",)] == 7
    assert lines[("one", "two")] == 11
    assert (lines[("reply", 0)], lines[("reply", 0, "match")]) == (13, 14)
    assert lines[("reply", 1, "news")] == 17
    assert lines[("scenes", "qrscene_1")] == 20
    assert lines[("menu", 0, "below", 0, "name")] == 24
    assert lines[("menu", 1, "below", 1, "name")] == 28
    assert ("match",) not in lines


def paths(found: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths of keys that stand on a line of their own."""
    if isinstance(found, dict):
        return [
            p for key, value in found.items() for p in [(*path, key), *paths(value, (*path, key))]
        ]
    if isinstance(found, list) and found and all(isinstance(one, dict) for one in found):
        return [p for at, one in enumerate(found) for p in [(*path, at), *paths(one, (*path, at))]]
    return []


VALUES = st.sampled_from(
    [
        '"a"',
        "'#'",
        '"""\nx = 1\n[y]\n"""',
        "'''\n\"\n'''",
        "[1, 2]",
        '[\n"]",\n]',
        "true",
        '"\\""',
        "1",
    ]
)
KEYS = st.sampled_from(["a", "b-c", '"d e"', "'f'", "g_1"])


@given(
    st.lists(st.tuples(KEYS, VALUES), max_size=5, unique_by=lambda pair: pair[0]),
    st.lists(
        st.lists(st.tuples(KEYS, VALUES), max_size=4, unique_by=lambda pair: pair[0]), max_size=4
    ),
)
def test_every_key_of_any_file_is_found(
    top: list[tuple[str, str]], tables: list[list[tuple[str, str]]]
) -> None:
    def written(pairs: list[tuple[str, str]]) -> str:
        return "".join(f"{key} = {value} # [x]\n" for key, value in pairs)

    text = written(top) + "".join(f"\n[[t]]\n{written(pairs)}" for pairs in tables)

    lines = lines_of(text)

    wanted = paths(tomllib.loads(text))
    assert set(wanted) - {("t",)} == set(lines)
    rows = text.split("\n")
    for path in wanted:
        if path != ("t",) and isinstance(path[-1], str):
            assert path[-1] in rows[lines[path] - 1]


@pytest.mark.parametrize("size", [10_000, 40_000])
def test_a_long_file_takes_no_long_time(size: int) -> None:
    assert len(lines_of('a = "x"\n' * 2 + "[[reply]]\nmatch = 'y'\n" * (size // 40))) > size // 40
