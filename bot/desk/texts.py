"""Texts of the account that followers read, edited one by one with a preview."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, jsonify

from bot.admin.responses import body, refusal
from bot.desk.frame import blueprint, show
from bot.desk.publishing import change, current_draft, current_texts, with_file
from bot.services import current_services
from xinglin.account import Bundle
from xinglin.account.edit import Values, read_values, set_keys
from xinglin.account.read import FILE, LABEL, read_account
from xinglin.account.texts import text_specs
from xinglin.bilingual import Notice
from xinglin.errors import AccountError

GROUPS = (
    ("最常见的", "Seen most", "greeting help not_found default listening heard said not_said"),
    ("查资料时", "When notes are looked up",
     "offered suggested quoted source own_notes lacks all unclear"),
    ("没来得及和长回答", "Late and long replies", "late pending more unread nothing_more"),
    ("收不下和出故障", "Refused and broken",
     "busy failed user_full total_full user_rate account_rate command_rate blocked suspended"
     " paused"),
    ("指令、评价和反馈", "Commands, votes and feedback",
     "reset erased no_data voted_up voted_down nothing_to_vote feedback_thanks feedback_empty"),
    ("同意保存对话", "Consent", "consent_asked consent_needed agreed disagreed"),
    ("转人工和投诉", "A person, and complaints",
     "handover_started handover_tap handover_unseen handover_waiting handover_closed "
     "handover_ended handover_none handover_missed handover_offered complaint_unkept"),
    ("不是文字的消息", "Messages without words",
     "empty sticker voice image video location link other home"),
)  # fmt: skip
"""Titles of the page's parts, and the keys in each."""

_PERSONA = ("name", "avatar", "label")


@blueprint.get("/texts")
def texts() -> str:
    """Show every text, with what it is for and its usual words."""
    values = read_values(current_texts(current_services()))
    specs = {spec.key: spec for spec in text_specs()}
    groups = [
        (zh, en, [(specs[key], values.get(key)) for key in keys.split()]) for zh, en, keys in GROUPS
    ]
    return show(
        "texts",
        values=values,
        groups=groups,
        label=LABEL,
        scenes=values.get("scenes", {}),
        menu=current_services().account.current.menu,
    )


@blueprint.post("/texts/preview")
def preview_texts() -> Response:
    """Return the texts of a change as followers would read them: {"shown": {key: text}}."""
    edited = _edited(current_draft(current_services()).bundle, body())
    account = read_account(edited)
    shown = {spec.key: getattr(account.texts, spec.key) for spec in text_specs()}
    scenes = {f"scenes.{scene}": text for scene, text in account.scenes.items()}
    return jsonify(shown={**shown, **scenes, "label": account.label, "name": account.name})


@blueprint.put("/texts")
def save_texts() -> tuple[Response, int]:
    """Publish changed texts.

    {"texts": {key: {"was": "...", "is": "..."}}, "scenes": {...}}; null stands for no such key,
    which means the usual words.
    """
    fields = body()
    keys = [*_changes(fields, "texts"), *_changes(fields, "scenes")]
    return change(fields, f"texts: {', '.join(keys)[:200]}", lambda one: _edited(one, fields))


def _edited(bundle: Bundle, fields: dict[str, Any]) -> Bundle:
    raw = bundle.files[FILE]
    known = {*_PERSONA, "suggestions", *(spec.key for spec in text_specs())}
    changed = _changes(fields, "texts")
    if strange := sorted(set(changed) - known):
        abort(refusal(f"there is no text {strange[0]!r}", 400))
    values = read_values(raw)
    if is_new := _fresh(values, changed):
        raw = set_keys(raw, (), is_new)
    if is_new := _fresh(values.get("scenes", {}), _changes(fields, "scenes")):
        raw = set_keys(raw, ("scenes",), is_new)
    return with_file(bundle, raw)


def _changes(fields: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    """Return the changes of a request by key: what was there, and what is to be."""
    found = fields.get(name, {})
    if not isinstance(found, dict) or not all(_is_change(one) for one in found.values()):
        abort(refusal(f'{name} must be {{key: {{"was": text, "is": text}}}}', 400))
    return found


def _is_change(one: object) -> bool:
    return isinstance(one, dict) and all(_is_value(one.get(key)) for key in ("was", "is"))


def _is_value(one: object) -> bool:
    if isinstance(one, list):
        return all(isinstance(text, str) for text in one)
    return one is None or isinstance(one, str)


def _fresh(values: Values, changes: dict[str, dict[str, Any]]) -> Values:
    """Return what is to be set.

    Raises:
        AccountError: somebody changed one of the keys after the page was made.
    """
    for key, one in changes.items():
        if values.get(key) != one.get("was"):
            raise AccountError(
                Notice(
                    f"{key} was changed by somebody else meanwhile; reload the page to see it",
                    f"{key} 刚被别人改过；请重新载入页面看看",
                )
            )
    return {key: one.get("is") for key, one in changes.items()}
