"""A question tried on the desk: what a follower would read now, and what answered it."""

from __future__ import annotations

import json
import secrets
from typing import Any

from flask import Response, abort, jsonify

from bot.admin.responses import body, refusal
from bot.desk.frame import blueprint
from bot.handlers.preview import Preview
from bot.services import Services, current_services
from xinglin.bilingual import Notice
from xinglin.errors import AccountError
from xinglin.store import Reply
from xinglin.wechat.messages import CONSOLE_FOLLOWER

LONGEST = 500
WAIT_S = 10.0
STORY_S = 2.0
_SHOWN = ("by", "wording", "found")


@blueprint.post("/trial")
def trial() -> tuple[Response, int]:
    """Answer {"text": "..."} as for a follower who has just come; nothing of it is kept.

    {"step", "name", "reply", "label"}: `step` is what answered: command, danger, blocked, rule,
    default, or notes with the finder's own words in `found`.
    """
    services = current_services()
    text = body().get("text")
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
        abort(refusal(f"text must be a question of 1 to {LONGEST} characters", 400))
    account = services.account.current
    before = Preview(
        account,
        services.words,
        services.settings.consent,
        can_send=services.settings.can_send,
        desk=services.shows_desk,
    ).look(text, services.local_time())
    told: dict[str, Any] = {"version": services.account.number, "label": ""}
    if before is not None:
        told |= {"step": before.step, "name": before.name, "reply": before.reply}
        if not before.ask:
            return jsonify(told), 200
    reply, story = _asked(services, before.ask if before else text.strip())
    if reply is None:
        raise AccountError(
            Notice(
                f"no worker answered within {WAIT_S:.0f} s; see whether one is running",
                f"{WAIT_S:.0f} 秒内没有 worker 回答；请看看有没有在运行",
            )
        )
    told |= {"step": told.get("step", "notes"), "reply": reply.text}
    told["label"] = account.label if reply.generated else ""
    return jsonify(told | {key: story[key] for key in _SHOWN if key in story}), 200


def _asked(services: Services, text: str) -> tuple[Reply | None, dict[str, Any]]:
    """Ask the workers as a follower who is made for it and forgotten afterwards."""
    store = services.store
    openid = f"{CONSOLE_FOLLOWER}Desk{secrets.token_hex(8)}"
    user, message_id = store.user_key(openid), secrets.token_hex(8)
    try:
        with store.handoff.expecting(user, message_id) as expected:
            accepted = store.inbox.accept(
                user,
                openid,
                message_id,
                text,
                wait_s=WAIT_S,
                sent_s=int(services.now()),
                came_s=services.now(),
            )
            if accepted.state != "new":
                raise AccountError(
                    Notice(
                        f"the question was not taken ({accepted.state}); try again in a minute",
                        f"现在问的人太多（{accepted.state}），请过一分钟再试",
                    )
                )
            reply = store.handoff.wait(user, message_id, WAIT_S, expected, new=True)
        return reply, _story(services, user, message_id) if reply else {}
    finally:
        store.erase(user)


def _story(services: Services, user: str, message_id: str) -> dict[str, Any]:
    """Return how the reply came about, which a worker tells a little later."""
    deadline = services.clock() + STORY_S
    while (story := services.store.traces.read(user, message_id)) is None:
        if services.clock() >= deadline:
            return {}
        services.sleep(0.05)
    found: dict[str, Any] = json.loads(story)
    return found
