"""A conversation of the console as a test that anybody can run against the service."""

from __future__ import annotations

import pprint
from typing import Any

from flask import Response

from bot.console.views import EVENTS, MEDIA, blueprint, json_object
from xinglin.commands import parse_command
from xinglin.errors import MessageError

MOST_TURNS = 500
_KINDS = frozenset({"text", *EVENTS, *MEDIA})
_TEST = '''"""A conversation with Xinglin, saved from its console.

Run it where the service runs:  python -m pytest {name}
Another address than http://127.0.0.1:5000: set REPLAY_URL.
"""

from bot.replay import Follower

MODEL = {model!r}
SAFE = {safe!r}
TURNS = {turns}


def test_the_conversation_goes_as_it_went() -> None:
    follower = Follower.connect(safe=SAFE)
    same_model = follower.model() == MODEL
    for turn in TURNS:
        reply = follower.push(turn["kind"], turn["text"], turn["message_id"], tries=turn["tries"])
        if turn["written_by"] == "model" and not same_model:
            assert follower.is_labelled(reply), f"{{turn['text']}}: no AI label in {{reply!r}}"
        elif turn["written_by"] != "clock":
            assert reply == turn["reply"], turn["text"]
'''


@blueprint.post("/export")
def export() -> Response:
    """Return a conversation, {model, safe, turns}, as the text of a pytest file."""
    body = json_object()
    turns = body.get("turns")
    if not isinstance(turns, list) or not 1 <= len(turns) <= MOST_TURNS:
        raise MessageError(f"turns must be a list of 1 to {MOST_TURNS}")
    name = "test_conversation.py"
    shown = pprint.pformat([_turn(turn) for turn in turns], width=96, sort_dicts=False)
    text = _TEST.format(
        name=name, model=str(body.get("model", "")), safe=bool(body.get("safe")), turns=shown
    )
    headers = {"Content-Disposition": f"attachment; filename={name}"}
    return Response(text, mimetype="text/x-python", headers=headers)


def _turn(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict) or str(found.get("kind")) not in _KINDS:
        raise MessageError("each turn is an object whose kind the console knows")
    message_id, text = str(found.get("message_id", "")), str(found.get("text", ""))
    if not (message_id.isascii() and message_id.isdigit() and len(message_id) < 20):
        raise MessageError("message_id must be a number")
    return {
        "kind": found["kind"],
        "text": text,
        "message_id": message_id,
        "tries": 2 if found.get("fault") in ("twice", "lost") else 1,
        "written_by": _writer(text, generated=bool(found.get("generated"))),
        "reply": str(found.get("reply", "")),
    }


def _writer(text: str, *, generated: bool) -> str:
    """Return what decides the words of a reply: the model, the rules, or the clock as well."""
    command = parse_command(text)
    if command is not None and command.name == "export":
        return "clock"
    return "model" if generated else "rule"
