"""Keyword rules, edited one by one, in the order in which they are tried."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from flask import Response, abort, jsonify

from bot.admin.responses import body, refusal
from bot.desk.frame import blueprint, show
from bot.desk.publishing import change, current_draft, current_texts, with_file
from bot.services import current_services
from xinglin.account import Bundle
from xinglin.account.advice import advise
from xinglin.account.edit import (
    Values,
    add_table,
    move_table,
    read_values,
    remove_table,
    set_keys,
)
from xinglin.account.read import FILE, read_account
from xinglin.bilingual import Notice
from xinglin.errors import AccountError

REPLY = "reply"
LISTS = ("match", "contains", "regex", "text", "tap", "hours", "days")
LINES = ("name", "pick", "ask", "image", "voice")
ANSWERS = (
    ("text", "文字", "text"),
    ("ask", "改问资料和模型", "ask the notes and the model"),
    ("image", "图片", "picture"),
    ("voice", "语音", "voice"),
    ("video", "视频", "video"),
    ("news", "图文", "article"),
)
_FIELDS: dict[str, tuple[str, ...]] = {"video": ("media_id", "title", "description")}
_FIELDS["news"] = ("title", "url", "description", "picture")


@blueprint.get("/rules")
def rules() -> str:
    """Show the rules, in order, with what is noticed about them."""
    values = read_values(current_texts(current_services()))
    rows = [(as_form(one), mark(one)) for one in values.get(REPLY, [])]
    return show(
        "rules", rows=rows, empty=as_form({}), answers=ANSWERS,
        advice=advise(current_services().account.current),
    )  # fmt: skip


@blueprint.post("/rules/preview")
def preview_rule() -> Response:
    """Return what a rule would show: {"values": {...}} -> {"texts", "media", "ask"}."""
    values = _values(body())
    bundle = current_draft(current_services()).bundle
    made = read_account(with_file(bundle, add_table(bundle.files[FILE], REPLY, values)))
    rule = made.rules[-1]
    media = rule.media.kind if rule.media else ""
    return jsonify(texts=rule.texts, all=rule.pick == "all", media=media, ask=rule.ask)


@blueprint.post("/rules")
def add_rule() -> tuple[Response, int]:
    """Publish another rule, behind the others: {"values": {...}}."""
    fields = body()
    values = _values(fields)
    return change(fields, "rule added", _on_file(lambda raw: add_table(raw, REPLY, values)))


@blueprint.put("/rules/<int:number>")
def save_rule(number: int) -> tuple[Response, int]:
    """Publish a changed rule: {"was": mark, "values": {...}}; its number begins at 1."""
    fields = body()
    values = _values(fields)

    def edit(raw: bytes) -> bytes:
        old = _rule(raw, number, fields)
        keys = {*LISTS, *LINES, *_FIELDS}
        now = as_form(old)
        new = as_form(values)
        changed = {key: values.get(key) for key in sorted(keys) if now.get(key) != new.get(key)}
        return set_keys(raw, (REPLY, number - 1), changed)

    return change(fields, f"rule {number}", _on_file(edit))


@blueprint.delete("/rules/<int:number>")
def remove_rule(number: int) -> tuple[Response, int]:
    """Publish without a rule: {"was": mark}."""
    fields = body()

    def edit(raw: bytes) -> bytes:
        _rule(raw, number, fields)
        return remove_table(raw, REPLY, number - 1)

    return change(fields, f"rule {number} removed", _on_file(edit))


@blueprint.post("/rules/<int:number>/move")
def move_rule(number: int) -> tuple[Response, int]:
    """Publish with a rule at another place: {"was": mark, "to": number}."""
    fields = body()
    to = fields.get("to")
    if not isinstance(to, int) or isinstance(to, bool) or to < 1:
        abort(refusal("to must be the number of a rule", 400))

    def edit(raw: bytes) -> bytes:
        _rule(raw, number, fields)
        return move_table(raw, REPLY, number - 1, to - 1)

    return change(fields, f"rule {number} to {to}", _on_file(edit))


def as_form(rule: Values) -> Values:
    """Return a rule with every key of the form, lists as lists."""
    form: Values = {key: _listed(rule.get(key, [])) for key in LISTS}
    form |= {key: rule.get(key, "") for key in LINES}
    form["pick"] = form["pick"] or "random"
    video, news = rule.get("video", {}), rule.get("news", {})
    form["video"] = {"media_id": video} if isinstance(video, str) else video
    form["news"] = news
    given = [key for key, _, _ in ANSWERS if key in rule]
    form["answer"] = given[0] if given else "text"
    return form


def mark(rule: Values) -> str:
    """Return what stands for a rule as it is, to tell whether somebody changed it."""
    said = json.dumps(rule, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _on_file(edit: Callable[[bytes], bytes]) -> Callable[[Bundle], Bundle]:
    return lambda bundle: with_file(bundle, edit(bundle.files[FILE]))


def _rule(raw: bytes, number: int, fields: dict[str, Any]) -> Values:
    """Return a rule of the file.

    Raises:
        AccountError: it is not the one that the page showed.
    """
    found = read_values(raw).get(REPLY, [])
    if not 1 <= number <= len(found) or mark(found[number - 1]) != fields.get("was"):
        raise AccountError(
            Notice(
                f"rule {number} was changed by somebody else meanwhile; reload the page to see it",
                f"规则 {number} 刚被别人改过；请重新载入页面看看",
            )
        )
    rule: Values = found[number - 1]
    return rule


def _values(fields: dict[str, Any]) -> Values:
    """Return a rule of the form as it stands in the file, without what is empty."""
    given = fields.get("values")
    if not isinstance(given, dict):
        abort(refusal('send {"values": {...}}', 400))
    values: Values = {}
    for key in ("name", *LISTS[:3], *LISTS[3:4], "pick", "tap", "ask", "image", "voice"):
        if one := _plain(given.get(key), key):
            values[key] = one
    for key, names in _FIELDS.items():
        inner = given.get(key) or {}
        if not isinstance(inner, dict):
            abort(refusal(f"{key} must be an object", 400))
        kept = {name: text for name in names if (text := _plain(inner.get(name), name))}
        if kept:
            values[key] = kept
    for key in ("hours", "days"):
        if one := _plain(given.get(key), key):
            values[key] = one
    if values.get("pick") == "random":
        del values["pick"]
    return values


def _plain(value: Any, key: str) -> Any:
    """Return a text, or a list of them without the empty ones; a single one stands alone."""
    if value is None:
        return ""
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) for one in texts):
        abort(refusal(f"{key} must be a text or a list of texts", 400))
    kept = [one.strip() for one in texts if one.strip()]
    return kept if len(kept) > 1 else "".join(kept)
