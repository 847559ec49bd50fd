"""Lua scripts are called by name, and every one of them is called as it is written."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import xinglin.store
from xinglin.store import Store
from xinglin.store.script import Script, read_source

FOLDER = Path(xinglin.store.__file__).parent
FILES = sorted(file for file in FOLDER.rglob("*.lua") if file.parent.name != "parts")
ECHO = """-- Answers with what it was given.
-- KEYS first, *others
-- ARGV word,
-- ARGV number

return {first, #others, others[2], word, number}
"""


def test_a_script_gets_keys_and_arguments_by_name(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "echo.lua"
    file.write_text(ECHO)

    answer = Script(store.redis, file)(word="w", others=["b", "c"], number=7, first="a")

    assert answer == [b"a", 2, b"c", b"w", b"7"]


@pytest.mark.parametrize("wrong", [{"word": "w"}, {"word": "w", "number": 1, "extra": 2}])
def test_a_missing_or_unknown_name_is_refused_by_name(
    store: Store, tmp_path: Path, wrong: dict[str, str | int]
) -> None:
    file = tmp_path / "echo.lua"
    file.write_text(ECHO)

    with pytest.raises(TypeError, match=r"echo\.lua: missing or unknown: (number|extra)"):
        Script(store.redis, file)(first="a", others=[], **wrong)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_redis_compiles_a_script_and_every_name_of_it_is_used(store: Store, file: Path) -> None:
    source = read_source(file)
    body = file.read_text().split("\n\n", 1)[1]

    assert store.redis.script_load(source.text)
    for name in (*source.keys, *source.arguments):
        assert re.search(rf"\b{name.lstrip('*')}\b", body), name
    assert "KEYS[" not in body
    assert "ARGV[" not in body
    assert file.read_text().startswith("-- ")


def test_each_script_lies_beside_the_module_that_calls_it() -> None:
    called = set()
    for module in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and str(node.value).endswith(".lua"):
                called.update(module.parent.rglob(Path(str(node.value)).name))

    assert called == set(FILES)
    assert len(FILES) > 15


def test_keys_of_a_user_are_written_in_one_place() -> None:
    """The product asks `UserKeys` for a property; nobody puts a key together by hand."""
    for module in FOLDER.rglob("*.py"):
        if module.name != "keys.py":
            assert not re.search(r'\.of\(f?"', module.read_text("utf-8")), module
