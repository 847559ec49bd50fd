"""Messages of followers, typed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from xinglin.errors import MessageError

Kind = Literal[
    "text", "voice", "image", "video", "shortvideo", "location", "link",
    "subscribe", "unsubscribe", "scan", "click", "view", "other",
]  # fmt: skip

_PLAIN: dict[str, Kind] = {
    "text": "text", "voice": "voice", "image": "image", "video": "video",
    "shortvideo": "shortvideo", "location": "location", "link": "link",
}  # fmt: skip
_EVENTS: dict[str, Kind] = {
    "subscribe": "subscribe", "unsubscribe": "unsubscribe", "scan": "scan", "click": "click",
    "view": "view",
}  # fmt: skip
_LONGEST_ID = 128
CONSOLE_FOLLOWER = "oConsole"
"""Openids of the console's own followers begin so."""


@dataclass(frozen=True, slots=True)
class Message:
    """One push.

    Attributes:
        kind: what it is; `other` for what we do not know.
        openid: the follower.
        account: the official account, which a reply names as its sender.
        created_at: the platform's time, Unix seconds.
        dedupe_id: the same for every retry of the same push.
        text: what was written, or said (voice recognition), or the key of a menu entry.
        fields: every field as it came.
    """

    kind: Kind
    openid: str = field(repr=False)
    account: str
    created_at: int
    dedupe_id: str
    text: str = field(default="", repr=False)
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)


def parse(fields: Mapping[str, str]) -> Message:
    """Read a push's fields.

    Raises:
        MessageError: a field that every push has is missing or unusable; it is named.
    """
    values = {name: _required(fields, name) for name in ("ToUserName", "FromUserName", "MsgType")}
    created = _required(fields, "CreateTime")
    if not created.isascii() or not created.isdigit() or len(created) > 15:
        raise MessageError("CreateTime is not a number of seconds")
    kind = values["MsgType"].lower()
    if kind == "event":
        return _event(fields, values, int(created))
    message_id = _required(fields, "MsgId")
    text = {"text": "Content", "voice": "Recognition", "link": "Title"}.get(kind, "")
    return Message(
        kind=_PLAIN.get(kind, "other"),
        openid=values["FromUserName"],
        account=values["ToUserName"],
        created_at=int(created),
        dedupe_id=message_id,
        text=fields.get(text, "").strip() if text else "",
        fields=dict(fields),
    )


def _event(fields: Mapping[str, str], values: Mapping[str, str], created: int) -> Message:
    event = _required(fields, "Event")
    key = fields.get("EventKey", "").strip()
    # Events have no MsgId. CreateTime is in whole seconds, so two menu entries that were tapped
    # within one have only their keys to tell them apart.
    told = json.dumps([values["FromUserName"], created, event, key])
    return Message(
        kind=_EVENTS.get(event.lower(), "other"),
        openid=values["FromUserName"],
        account=values["ToUserName"],
        created_at=created,
        dedupe_id=hashlib.sha256(told.encode()).hexdigest()[:24],
        text=key if event.lower() == "click" else "",
        fields=dict(fields),
    )


def _required(fields: Mapping[str, str], name: str) -> str:
    value = fields.get(name, "").strip()
    if not value:
        raise MessageError(f"the message has no {name}")
    if len(value) > _LONGEST_ID:
        raise MessageError(f"{name} has {len(value)} characters; at most {_LONGEST_ID} are read")
    return value
