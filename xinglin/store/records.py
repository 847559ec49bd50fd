"""Records that stand in Redis, typed. Every JSON value carries `"v": 1`.

Processes of an older and a newer version may share one Redis while a deployment rolls: fields that
are unknown here are ignored, and new fields need a default.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from functools import cache
from typing import Any, ClassVar, Literal, TypeVar, get_args, get_origin, get_type_hints

from xinglin.errors import UnreadableRecord
from xinglin.store.encryption import Encryption, place

Record = TypeVar("Record")
# Numbers are times and counts; what is larger, infinite or no number was not written by us.
_LARGEST = 1e15


def dump(record: Any) -> str:
    """Return the JSON of a dataclass record."""
    return json.dumps({"v": 1, **asdict(record)}, ensure_ascii=False)


def encrypted(record: Any, encryption: Encryption, user: str) -> Any:
    """Return a user's record with its texts and openid sealed, as it is kept."""
    places = _places(record, user)
    return replace(
        record, **{n: encryption.encrypt(getattr(record, n), at) for n, at in places.items()}
    )


def decrypted(record: Any, encryption: Encryption, user: str) -> Any:
    """Return a user's kept record with its texts and openid readable.

    Raises:
        HistoryKeyError: it was sealed with a key that is not here.
        UnboundError: it was not sealed for this user and message.
    """
    unknown = {name for name in getattr(record, "LATER", ()) if not getattr(record, name)}
    places = {name: at for name, at in _places(record, user).items() if name not in unknown}
    return replace(
        record, **{n: encryption.decrypt(getattr(record, n), at) for n, at in places.items()}
    )


def _places(record: Any, user: str) -> dict[str, str]:
    """Return for each sealed field of a record the place that it is sealed for."""
    message_id = getattr(record, "message_id", "")
    return {name: place(kind, user, message_id) for name, kind in record.ENCRYPTED.items()}


def load(raw: bytes | str) -> dict[str, Any]:
    """Return the fields of a JSON record, without its version.

    Raises:
        UnreadableRecord: it is no JSON object.
    """
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UnreadableRecord("a record in Redis is no JSON") from error
    if not isinstance(found, dict):
        raise UnreadableRecord("a record in Redis is no JSON object")
    found.pop("v", None)
    return found


def read_record(kind: type[Record], raw: bytes | str) -> Record:
    """Return a record of a dataclass; fields that it does not know are ignored.

    Raises:
        UnreadableRecord: a field is missing, or of another type.
    """
    known = _kinds(kind)  # type: ignore[arg-type]  # cached, it takes any type
    found = load(raw)
    values = {name: value for name, value in found.items() if name in known}
    for name, (allowed, required) in known.items():
        if name not in values and required:
            raise UnreadableRecord(f"a {kind.__name__} in Redis lacks {name}")
        if name in values and not _is_one(values[name], allowed):
            raise UnreadableRecord(f"{name} of a {kind.__name__} in Redis is of another type")
    return kind(**values)


@cache
def _kinds(kind: Any) -> dict[str, tuple[Any, bool]]:
    """Return the type of each field, and whether it has no default."""
    hints = get_type_hints(kind)
    return {
        item.name: (hints[item.name], item.default is MISSING and item.default_factory is MISSING)
        for item in fields(kind)
    }


def _is_one(value: object, allowed: Any) -> bool:
    if get_origin(allowed) is Literal:
        return value in get_args(allowed)
    if allowed is float:
        return _is_whole(value) or (isinstance(value, float) and abs(value) < _LARGEST)
    if allowed is int:
        return _is_whole(value)
    return isinstance(value, get_origin(allowed) or allowed)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST


@dataclass(frozen=True, slots=True)
class Accepted:
    """Outcome of a message: queued now, known already, or refused.

    Attributes:
        state: what became of it.
        retry_after_s: when one of a refused rate would be taken again.
    """

    state: Literal["new", "duplicate", "user_full", "total_full", "user_rate", "account_rate"]
    retry_after_s: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Standing of a push and its sender before anything is done.

    Attributes:
        replayed: its signature came with another message before.
        suspended: the operator suspended the follower.
        consented: the follower agreed that the conversation is kept.
        paused: the operator takes no questions at present.
        taken_over: a person has the conversation.
    """

    replayed: bool = False
    suspended: bool = False
    consented: bool = False
    paused: bool = False
    taken_over: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, without label and not yet paged.

    Attributes:
        text: what the follower reads.
        generated: whether a model wrote it (then it carries the AI label).
        model: version that wrote it.
        message_id: what it answers.
        openid: whom it goes to.
    """

    ENCRYPTED: ClassVar = {"text": "answer", "openid": "openid"}
    text: str = field(repr=False)
    generated: bool
    model: str
    message_id: str
    openid: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """The rest of a long reply."""

    ENCRYPTED: ClassVar = {"text": "page"}
    text: str = field(repr=False)
    generated: bool


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """A message that waits for its turn, as it is kept.

    Attributes:
        id: of the message.
        openid, text: sealed.
        sent: when the platform says that it was sent, in seconds since 1970.
        came: when it came here, in milliseconds.
        at: when it was taken in, in milliseconds of Redis' clock.
    """

    id: str
    openid: str = field(repr=False)
    text: str = field(repr=False)
    sent: int = 0
    came: int = 0
    at: int = 0


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A reply that waits in the outbox, as it is kept; `openid` and `text` are sealed."""

    id: str
    openid: str = field(repr=False)
    text: str = field(repr=False)
    generated: bool
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """One finished turn of a conversation.

    Attributes:
        user: what was asked, as it was typed.
        assistant: what was answered, without warnings and links.
        at: Unix seconds.
        about: what the conversation is about after it, for the next turn's look-up; "" where
            nobody noted that, as version 0.1.0 does not.
        by: how it was answered, as `workers.informing.Told.by`; "" where nobody noted that.
    """

    ENCRYPTED: ClassVar = {"user": "asked", "assistant": "answered", "about": "about"}
    LATER: ClassVar = ("about",)  # earlier versions write none
    user: str = field(repr=False)
    assistant: str = field(repr=False)
    at: float
    about: str = field(default="", repr=False)
    by: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A turn that this process may work on while its lease lasts.

    Attributes:
        user: hashed id.
        token: fencing token; every write checks it.
        message_id: of the message.
        openid: of the follower.
        text: what was asked.
        attempt: 1 for the first try; a crash counts.
        waited_s: since it was accepted.
        history_rows: the conversation so far, as Redis has it; `Conversation.open` reads them.
        unreadable: why the message cannot be read; "" for one that can.
    """

    user: str
    token: str
    message_id: str
    openid: str = field(repr=False)
    text: str = field(repr=False)
    attempt: int
    waited_s: float = 0.0
    history_rows: tuple[bytes, ...] = field(default=(), repr=False)
    unreadable: str = ""


@dataclass(frozen=True, slots=True)
class SendClaim:
    """A reply that waits in the outbox.

    Attributes:
        user, token: as in Claim.
        message_id, openid, text, generated: of the reply.
        attempts: sends that failed.
        interrupted: an earlier send was cut off, and nobody knows whether it arrived.
    """

    user: str
    token: str
    message_id: str
    openid: str = field(repr=False)
    text: str = field(repr=False)
    generated: bool
    attempts: int
    interrupted: bool


@dataclass(frozen=True, slots=True)
class Refusals:
    """Customer-service messages that the platform refused lately.

    Attributes:
        says: code and words of the last refusal.
        count: how many.
    """

    says: str
    count: int


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """Report of a worker with each heartbeat; times are Unix seconds.

    Attributes:
        problem: what keeps it from doing all its work; "" for nothing.
        failing: its engine fails, so that it answers nothing.
        ranker: version of the ranker that chooses among its drafts; 0 for the rule.
        notes: notes and rows of tables that it looks up.
    """

    name: str
    pid: int
    host: str
    backend: str
    model: str
    version: str
    gen: int
    in_flight: int
    started_at: float
    seen_at: float = 0.0
    problem: str = ""
    failing: bool = False
    ranker: int = 0
    notes: int = 0


@dataclass(frozen=True, slots=True)
class Ack:
    """Answer of one worker to an announced model."""

    worker: str
    model: str
    state: Literal["ok", "failed"]
    error: str = ""


@dataclass(frozen=True, slots=True)
class WantedModel:
    """The model that every worker is to serve."""

    gen: int
    name: str
