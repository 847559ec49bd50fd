"""Whatever stands in an account's file: it is an account, or it is refused with sentences."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from xinglin.account import Bundle, read_account
from xinglin.account.advice import advise
from xinglin.account.read import _KEYS
from xinglin.account.read_rules import _KEYS as RULE_KEYS
from xinglin.account.texts import text_specs
from xinglin.errors import AccountError

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x7f", exclude_categories=["Cc", "Cs"]), max_size=12) | st.sampled_from(
    ["{name}", "{wait}", "[a](b)", "09:00-18:00", "周一", "2026-01-01", "(a+)+", "[", "AI生成", "继续", "a|b"]
)  # fmt: skip
LEAVES = (
    WORDS | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "send", "url", "title", "media_id", "x"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
RULES = st.lists(st.dictionaries(st.sampled_from(RULE_KEYS), VALUES, max_size=5), max_size=3)
TOP = st.dictionaries(
    st.sampled_from([*_KEYS, *(spec.key for spec in text_specs()), "helpline", "x y"]), VALUES, max_size=6
)  # fmt: skip


def toml(value: Any) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{json.dumps(key)} = {toml(one)}" for key, one in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


@given(TOP, RULES, WORDS)
def test_any_values_are_read_or_refused(
    top: dict[str, Any], rules: list[dict[str, Any]], said: str
) -> None:
    lines = [
        f"{json.dumps(key)} = {toml(value)}"
        for key, value in ({"name": "茶"} | top).items()
        if key != "reply"
    ]
    for rule in rules:
        lines += ["[[reply]]", *(f"{key} = {toml(value)}" for key, value in rule.items())]
    bundle = Bundle({"account.toml": "\n".join(lines).encode()})

    try:
        found = read_account(bundle, "shop")
    except AccountError as error:
        assert error.problems
        assert all("shop/account.toml" in problem for problem in error.problems)
        return
    advise(found)
    answered = found.rule_for(said, datetime(2026, 1, 1, 12))
    if answered is not None:
        rule, why = answered
        assert why
        assert rule.text("1") or rule.media or rule.ask


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        read_account(Bundle({"account.toml": raw, "blocked.txt": raw}))
    except AccountError as error:
        assert error.problems
