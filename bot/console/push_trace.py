"""Push traces for the console: what the web side did about each try, and which rule had its say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from flask import g

from bot.services import Services
from xinglin.commands import parse_command
from xinglin.errors import StoreError
from xinglin.safety.rules import asks_prescription, find_danger
from xinglin.wechat.messages import CONSOLE_FOLLOWER, Message


@dataclass(slots=True)
class PushTrace:
    """Observation of one try.

    Attributes:
        answer: the text of the passive reply; "" for a bare acknowledgement.
        facts: what was noted on the way.
    """

    answer: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def add_facts(**facts: Any) -> None:
    """Add to what is seen of the request under way."""
    if (trace := g.get("push_trace")) is not None:
        trace.facts.update(facts)


@contextmanager
def trace_push(services: Services, message: Message, *, encrypted: bool) -> Iterator[PushTrace]:
    """Keep what is seen of a try, unless the follower is a real one or wants all erased."""
    trace = g.push_trace = PushTrace()
    at, began = services.now(), services.clock()
    yield trace
    if not message.openid.startswith(CONSOLE_FOLLOWER) or _erases(message):
        return
    told = {
        "at": round(at, 4),
        "took_ms": round(1000 * (services.clock() - began), 1),
        "encrypted": encrypted,
        "labelled": services.account.current.label in trace.answer,
        "answered": bool(trace.answer),
    }
    what = json.dumps(told | trace.facts | _rules(services, message), ensure_ascii=False)
    with suppress(StoreError):
        services.store.traces.tried(
            services.store.user_key(message.openid), message.dedupe_id, what
        )


def _rules(services: Services, message: Message) -> dict[str, Any]:
    """Return what each rule says of the text; for real followers nobody asks twice."""
    command, danger = parse_command(message.text), find_danger(message.text)
    word = services.blocked_word(message.text)
    return {
        "command": command.name if command else "",
        "danger": danger.name if danger else "",
        "prescription": asks_prescription(message.text),
        "blocked": word.name if word else "",
    }


def _erases(message: Message) -> bool:
    command = parse_command(message.text)
    return message.kind == "unsubscribe" or (command is not None and command.name == "erase")
