"""Content of Redis, read while the service runs: each follower's keys at one moment.

A follower's message is thus in the inbox or answered, never both and never neither. What only
holds for the processes of this place (leases, waiting requests, heartbeats, sessions, the access
token) is left out, and so is what follows from the rest: who is next, and how many wait.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xinglin.backup.entries import Entry
from xinglin.store import keys
from xinglin.store.connection import Client, store_errors
from xinglin.store.encryption import sealing_keys
from xinglin.store.keys import UserKeys
from xinglin.store.script import Script

_AT_ONCE = 200
"""Keys that one step reads."""
_FOLLOWERS_AT_ONCE = 20
_PATIENCE = 10
"""Times that a follower is read again since a message came meanwhile."""
_OWNED = re.compile(rb"xl:\{([0-9a-f]{2,64})\}:(.+)", re.DOTALL)
# Names of a follower's own keys; those of messages have an id behind them.
_OWN_NAMES = frozenset(
    name.rpartition(":")[2]
    for kind in vars(UserKeys).values()
    if isinstance(kind, property) and not (name := kind.fget(UserKeys("u"))).endswith((":", "*"))  # type: ignore[misc]  # a property has its getter
)
_OF_THIS_PLACE = frozenset({"lease", "sendlock"})
_MOVED_NAMES = sorted(_OWN_NAMES - _OF_THIS_PLACE)
_HERE_ONLY = frozenset(
    name.encode()
    for name in (
        keys.ACTIVE, keys.READY, keys.QUEUED, keys.UNDELIVERED, keys.OUTBOX_DUE, keys.SAMPLING,
        keys.PAUSED, keys.WORKERS, keys.ACCOUNT_PROCESSES, keys.TOKEN, keys.TOKEN_LOCK,
        keys.RESTORING,
    )
)  # fmt: skip
_HERE_ONLY_STARTS = (
    b"xl:wake:", b"xl:session:", b"xl:leaving:", b"xl:model:acks:", b"xl:model:card:",
)  # fmt: skip
# Which version of what is in force, read together.
_TOGETHER = (
    keys.ACCOUNT, keys.ACCOUNT_VERSIONS, keys.MODEL_WANT, f"{keys.MODEL_WANT}:gen",
    keys.MODEL_PAST, keys.RANKER, keys.RANKER_VERSIONS, f"{keys.RANKER}:last",
)  # fmt: skip
_LARGE = b"xl:account:"
"""Start of keys that are read one by one: packed notes have up to 16 MiB."""
_TEXTS = (b":inbox", b":hist", b":outbox")


@dataclass(slots=True)
class Tally:
    """Counts of what was read.

    Attributes:
        followers: with keys of their own.
        waiting: questions without an answer.
        sealed: ids of the keys that sealed texts.
        plain: turns and messages that no key sealed.
        left_out: keys of a type that no version of ours writes.
    """

    followers: int = 0
    waiting: int = 0
    sealed: set[str] = field(default_factory=set)
    plain: int = 0
    left_out: set[str] = field(default_factory=set)


class Collector:
    """Reads the store, a line of the backup at a time."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis
        self._read_keys = Script(redis, Path(__file__).with_name("read_keys.lua"))
        self.tally = Tally()

    def lines(self) -> Iterator[bytes]:
        """Yield every line; memory holds a few followers, and the ids of all are on disk.

        Raises:
            StoreUnavailable: Redis is away.
        """
        yield from self._line("", self._read([name.encode() for name in _TOGETHER]))
        followers, users, batch = _Followers(), list[str](), list[bytes]()
        for key in self._moved_keys():
            owned = _OWNED.fullmatch(key)
            if owned and followers.is_new(user := owned[1].decode()):
                users.append(user)
            if owned is None or owned[2].decode("utf-8", "replace") not in _OWN_NAMES:
                batch.append(key)
            if len(users) >= _FOLLOWERS_AT_ONCE:
                yield from self._units(users)
                users = []
            if len(batch) >= _AT_ONCE or key.startswith(_LARGE):
                yield from self._line("", self._read(batch))
                batch = []
        yield from self._units(users)
        yield from self._line("", self._read(batch))

    def _moved_keys(self) -> Iterator[bytes]:
        with store_errors():
            for key in self._redis.scan_iter(f"{keys.PREFIX}*", count=1000):
                if key.decode("utf-8", "replace") not in _TOGETHER and not is_of_this_place(key):
                    yield key

    def _units(self, users: list[str]) -> Iterator[bytes]:
        """Yield a line a follower; all of them are read in one step."""
        names = [UserKeys(user).of(name) for user in users for name in _MOVED_NAMES]
        found: dict[str, list[Entry]] = {user: [] for user in users}
        for entry in self._read([name.encode() for name in names]):
            owned = _OWNED.fullmatch(entry.key)
            assert owned is not None
            found[owned[1].decode()].append(entry)
        for user, entries in found.items():
            whole = self._follower(user) if _message_ids(entries) else entries
            self.tally.followers += bool(whole)
            self.tally.waiting += sum(
                len(one.values) for one in whole if one.key.endswith(b":inbox")
            )
            yield from self._line(user, whole)

    def _follower(self, user: str) -> list[Entry]:
        """Return a follower's keys at one moment, with the replies and marks that they name.

        What is read before says which these are; where others came meanwhile, once more.
        """
        own = UserKeys(user)
        names = {own.of(name) for name in _MOVED_NAMES}
        for _ in range(_PATIENCE):
            found = self._read([name.encode() for name in sorted(names)])
            ids = _message_ids(found)
            more = {own.reply(one) for one in ids} | {own.seen(one) for one in ids}
            if more <= names:
                break
            names |= more
        return found

    def _read(self, names: list[bytes]) -> list[Entry]:
        if not names:
            return []
        with store_errors():
            rows = self._read_keys(names=names)
        found = []
        for row in rows:
            entry = Entry.of_row(row)
            if entry is None:
                self.tally.left_out.add(row[0].decode("utf-8", "replace"))
            else:
                found.append(entry)
        return found

    def _line(self, user: str, found: list[Entry]) -> Iterator[bytes]:
        for entry in found:
            self._look_for_texts(entry)
        if found:
            record: dict[str, Any] = {"entries": [entry.fields() for entry in found]}
            yield json.dumps({"follower": user} | record if user else record).encode() + b"\n"

    def _look_for_texts(self, entry: Entry) -> None:
        for value in entry.values:
            ids = sealing_keys(value)
            self.tally.sealed.update(ids)
            self.tally.plain += not ids and entry.key.endswith(_TEXTS)


class _Followers:
    """Followers that were read, on disk: there may be many."""

    def __init__(self) -> None:
        self._base = sqlite3.connect("", isolation_level=None)  # a file that goes with us
        self._base.execute("CREATE TABLE read (user TEXT PRIMARY KEY) WITHOUT ROWID")
        self._base.execute("BEGIN")

    def is_new(self, user: str) -> bool:
        """Return whether a follower was not read yet, and note that they are."""
        row = self._base.execute("INSERT OR IGNORE INTO read VALUES (?)", (user,))
        return row.rowcount == 1

    def __del__(self) -> None:
        """Remove the file."""
        self._base.close()


def is_of_this_place(key: bytes) -> bool:
    """Return whether a key means something to the processes that run here alone."""
    owned = _OWNED.fullmatch(key)
    if owned:
        name = owned[2]
        return name.startswith(b"wait:") or name.decode("utf-8", "replace") in _OF_THIS_PLACE
    return key in _HERE_ONLY or key.startswith(_HERE_ONLY_STARTS)


def _message_ids(found: Iterable[Entry]) -> set[str]:
    """Return the ids of messages that a follower's lists name."""
    ids: set[str] = set()
    for entry in found:
        name = entry.key.rpartition(b":")[2]
        if name in (b"handed", b"unread"):
            ids |= {value.decode("utf-8", "replace") for value in entry.values}
        elif name in (b"inbox", b"outbox"):
            ids |= {one for value in entry.values if (one := _id_of(value))}
    return ids


def _id_of(record: bytes) -> str:
    try:
        found = json.loads(record).get("id", "")
    except (ValueError, AttributeError):
        return ""
    return found if isinstance(found, str) else ""
