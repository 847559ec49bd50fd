"""The owner's page, in both languages, names every key with its usual words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from xinglin.account.read import _KEYS
from xinglin.account.read_rules import _KEYS as RULE_KEYS
from xinglin.account.texts import text_specs

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGES = ["account.md", "account.zh.md"]


@pytest.mark.parametrize("name", PAGES)
def test_every_key_is_on_the_page(name: str) -> None:
    page = (DOCS / name).read_text(encoding="utf-8")
    named = set(re.findall(r"`\[*(\w+)\]*`", page))

    assert set(_KEYS) | set(RULE_KEYS) <= named
    for spec in text_specs():
        shown = spec.default.replace("\n", "⏎").replace("|", "\\|")
        said = spec.zh if ".zh" in name else spec.en
        assert f"| `{spec.key}` | {said} | {f'`{shown}`' if shown else ''}" in page, spec.key


@pytest.mark.parametrize("name", PAGES)
def test_the_rules_of_the_page_are_rules(name: str) -> None:
    from xinglin.account import Bundle, read_account

    page = (DOCS / name).read_text(encoding="utf-8")
    example = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0]

    found = read_account(Bundle({"account.toml": f'name = "茶"\n{example}'.encode()}))

    assert len(found.rules) == 3


def test_both_pages_name_the_same_limits() -> None:
    numbers = [
        set(re.findall(r"\d[\d,]*(?= (?:MiB|KB|byte|字节))", (DOCS / name).read_text(encoding="utf-8").replace(",", "")))
        for name in PAGES
    ]  # fmt: skip

    assert numbers[0] == numbers[1]
    assert len(numbers[0]) > 2
