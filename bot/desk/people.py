"""Followers who wait for a person: what they wrote, the owner's answer, and the way back."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any, NoReturn

from flask import Response, abort, jsonify

from bot.admin.responses import WHOLE_ID, body, done
from bot.desk.frame import blueprint, show
from bot.services import Services, current_services
from xinglin.account import HandoverRules
from xinglin.errors import HistoryKeyError
from xinglin.store.handovers import Handover

LONGEST_ANSWER = 2000
TURNS_BEFORE = 3
_ANSWER_ID = re.compile(r"[0-9a-f]{8,32}")


@blueprint.get("/people")
def people() -> str:
    """Show the page; its list comes with `people/list`."""
    services = current_services()
    return show(
        "people",
        rules=services.account.current.handover,
        can_send=services.settings.can_send,
        longest=LONGEST_ANSWER,
    )


@blueprint.get("/people/list")
def list_people() -> Response:
    """Return who waits, and who talks with a person: {"now", "people"}, those who wait first."""
    services = current_services()
    rows = [_row(services, one) for one in services.store.handovers.waiting()]
    return jsonify(now=services.now(), people=rows)


@blueprint.post("/people/<user>/answer")
def answer(user: str) -> tuple[Response, int]:
    """Send {"text": "...", "id": hex} to a follower; the same id is sent once."""
    services, fields = current_services(), body()
    text = fields.get("text")
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST_ANSWER:
        _refuse(
            f"an answer has 1 to {LONGEST_ANSWER:,} characters",
            f"回答要有 1 到 {LONGEST_ANSWER:,} 个字",
        )
    rules = services.account.current.handover or HandoverRules()
    outcome = services.store.handovers.answer(
        _user(user), _id(fields), text.strip(), rules.timeout_s
    )
    if outcome == "gone":
        return _gone()
    if outcome == "known":
        return jsonify(ok=True, known=True), 200
    return done("handover_answered", True, user)


@blueprint.post("/people/<user>/back")
def back(user: str) -> tuple[Response, int]:
    """Give a conversation back to the bot: {"id": hex}."""
    services = current_services()
    text = services.texts.handover_ended
    outcome = services.store.handovers.hand_back(_user(user), _id(body()), text)
    if outcome == "gone":
        return _gone()
    return done("handover_returned", True, user)


def _row(services: Services, one: Handover) -> dict[str, Any]:
    """Return a hand-over as the page shows it, with the turns before it where they are kept."""
    before: list[dict[str, str]] = []
    if one.consented:
        try:
            turns = services.store.conversation.read(one.user)[-TURNS_BEFORE:]
        except HistoryKeyError:
            turns = []
        before = [{"user": turn.user, "assistant": turn.assistant} for turn in turns]
    return asdict(one) | {"before": before}


def _user(user: str) -> str:
    if not WHOLE_ID.fullmatch(user):
        _refuse("a follower is 24 hexadecimal digits", "关注者是 24 位十六进制数字")
    return user


def _id(fields: dict[str, Any]) -> str:
    found = fields.get("id")
    if not isinstance(found, str) or not _ANSWER_ID.fullmatch(found):
        _refuse("id must be 8 to 32 hexadecimal digits", "id 要是 8 到 32 位十六进制数字")
    return str(found)


def _gone() -> tuple[Response, int]:
    english = "this follower waits no more: the bot is back, or everything was erased"
    chinese = "这位关注者已经不在等人工了：机器人已回来，或数据已删除"
    return jsonify(error=english, problems=[{"en": english, "zh": chinese}]), 404


def _refuse(english: str, chinese: str) -> NoReturn:
    answer = jsonify(error=english, problems=[{"en": english, "zh": chinese}])
    answer.status_code = 400
    abort(answer)
