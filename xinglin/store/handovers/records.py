"""Records of a hand-over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

Reason = Literal["asked", "complaint", "unanswered"]
State = Literal["waiting", "answered", "platform", "missed"]
Wanted = Literal["person", "bot", ""]
Did = Literal["started", "again", "noted", "collect", "ended", "none", "theirs", "gone"]


@dataclass(frozen=True, slots=True)
class Met:
    """Effect of a follower's message on a hand-over.

    Attributes:
        did: `started` one, asked for one `again`, was `noted`, gets what a person wrote
            (`collect`), `ended` it, found `none` to end, is a question that the bot accepted before
            (`theirs`), or found that it is over (`gone`).
        by_platform: the platform's own tool has the conversation.
        kept: the person can read what is written, since the follower consented.
    """

    did: Did
    by_platform: bool = False
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Said:
    """Something that was written while a person has the conversation.

    Attributes:
        text: of it; sealed in Redis.
        at: Unix seconds.
        by: who wrote it.
        message_id: of the message, or of the answer.
    """

    ENCRYPTED: ClassVar = {"text": "handover"}
    text: str = field(repr=False)
    at: float
    by: Literal["follower", "owner"]
    message_id: str


@dataclass(frozen=True, slots=True)
class Handover:
    """One follower's hand-over, for the owner.

    Attributes:
        user: hashed id.
        state: `waiting` for a person, `answered` last by one, in the `platform`'s own tool, or
            `missed`: nobody came in time and the bot is back, but an answer still arrives.
        reason: why it began.
        since: when it began, or when the follower wrote after the last answer; Unix seconds.
        until: when it changes by itself; Unix seconds.
        said: what both wrote, oldest first; empty without the follower's consent.
        consented: the follower agreed that what is written is kept.
    """

    user: str
    state: State
    reason: Reason
    since: float
    until: float
    said: tuple[Said, ...] = ()
    consented: bool = False
