"""Versions of the account, who published them, and which process serves which."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from typing import Any, Literal

from xinglin.errors import UnreadableRecord
from xinglin.store import keys
from xinglin.store.connection import Client, store_errors
from xinglin.store.records import Record, read_record

logger = logging.getLogger(__name__)
MOST_VERSIONS = 20
ALIVE_S = 10.0

# KEYS 1 current, 2 versions, 3 texts, 4 notes
# ARGV 1 base or '*', 2 hash, 3 entry without its number, 4 texts, 5 notes, 6 most, 7 prefix of
# texts, 8 prefix of notes
# A version follows the one that its maker has seen, or none at all. Texts and notes are kept as
# long as a version of the list has them.
_PUBLISH = """
local number = redis.call('HGET', KEYS[1], 'number') or '0'
if ARGV[1] ~= '*' and ARGV[1] ~= number then return {'behind', tonumber(number)} end
if redis.call('HGET', KEYS[1], 'hash') == ARGV[2] then return {'same', tonumber(number)} end
local made = redis.call('HINCRBY', KEYS[1], 'last', 1)
redis.call('HSET', KEYS[1], 'number', made, 'hash', ARGV[2])
if ARGV[4] ~= '' then redis.call('SET', KEYS[3], ARGV[4]) end
if ARGV[5] ~= '' then redis.call('SET', KEYS[4], ARGV[5]) end
redis.call('LPUSH', KEYS[2], '{"number": ' .. made .. ', ' .. ARGV[3])
local rows = redis.call('LRANGE', KEYS[2], 0, -1)
local kept = {}
local most = tonumber(ARGV[6])
for at, row in ipairs(rows) do
  local texts, notes = string.match(row, '"digest": "(%x+)"'), string.match(row, '"notes": "(%x+)"')
  if at <= most then
    kept[texts or ''], kept[notes or ''] = true, true
  else
    if texts and not kept[texts] then redis.call('DEL', ARGV[7] .. texts) end
    if notes and not kept[notes] then redis.call('DEL', ARGV[8] .. notes) end
  end
end
redis.call('LTRIM', KEYS[2], 0, most - 1)
return {'published', made}
"""
# KEYS 1 current, 2 processes;  ARGV 1 process, 2 what it says
_LOOK = """
redis.call('HSET', KEYS[2], ARGV[1], redis.call('TIME')[1] .. ' ' .. ARGV[2])
return redis.call('HMGET', KEYS[1], 'number', 'hash')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountVersion:
    """One version.

    Attributes:
        number: counts up.
        digest: hash of all files.
        notes: hash of the notes.
        name: of the persona.
        by: who published it.
        at: when, Unix seconds.
        source: `folder`, `desk` (edited on the dashboard) or `rollback`.
        size: bytes in Redis.
        of: the version that a rollback went back to; 0 for none.
        folder: the last part of the path of the folder that it came from.
    """

    number: int = 0
    digest: str
    notes: str
    name: str
    by: str
    at: float
    source: str
    size: int
    of: int = 0
    folder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountProcess:
    """Report of a process about the account that it serves.

    Attributes:
        process: its name.
        kind: `web` or `worker`.
        number: the version; 0 for the folder's own.
        digest: hash of its files.
        refused: the latest version that it could not take; 0 for none.
        error: why not, or what is wrong with the folder that it watches.
    """

    process: str
    kind: str
    number: int
    digest: str
    refused: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """Outcome of publishing: `behind` when somebody else had published since the base."""

    state: Literal["published", "same", "behind"]
    number: int


class AccountRegistry:
    """The account in Redis."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis
        self._publish = redis.register_script(_PUBLISH)
        self._look = redis.register_script(_LOOK)

    def current(self) -> tuple[int, str]:
        """Return number and hash of the version in force; (0, "") when none was published."""
        with store_errors():
            return _current(self._redis.hmget(keys.ACCOUNT, "number", "hash"))

    def look(self, process: AccountProcess) -> tuple[int, str]:
        """Say what a process serves, and return number and hash of the version in force."""
        said = json.dumps(asdict(process), ensure_ascii=False)
        with store_errors():
            found = self._look(
                keys=[keys.ACCOUNT, keys.ACCOUNT_PROCESSES], args=[process.process, said]
            )
        return _current(found)

    def publish(
        self, version: AccountVersion, texts: bytes, notes: bytes, *, base: int | None
    ) -> Published:
        """Make a version the one in force, and remember it.

        Args:
            version: its number is given here.
            texts: packed; b"" where Redis has them.
            notes: packed; b"" where Redis has them.
            base: the version that its maker has seen; None: whatever there is.
        """
        entry = json.dumps(asdict(version), ensure_ascii=False)
        entry = entry.partition(", ")[2]  # the number comes first, and is given in Redis
        with store_errors():
            state, number = self._publish(
                keys=[
                    keys.ACCOUNT,
                    keys.ACCOUNT_VERSIONS,
                    keys.account_texts(version.digest),
                    keys.account_notes(version.notes),
                ],
                args=[
                    "*" if base is None else base, version.digest, entry, texts, notes,
                    MOST_VERSIONS, keys.account_texts(""), keys.account_notes(""),
                ],
            )  # fmt: skip
        return Published(state.decode(), int(number))

    def versions(self) -> list[AccountVersion]:
        """Return the versions that are kept, newest first."""
        with store_errors():
            rows = self._redis.lrange(keys.ACCOUNT_VERSIONS, 0, -1)
        return [found for row in rows if (found := _readable(AccountVersion, row)) is not None]

    def texts(self, digest: str) -> bytes | None:
        """Return the packed texts of a version, or None when they are gone."""
        with store_errors():
            found: bytes | None = self._redis.get(keys.account_texts(digest))
        return found

    def notes(self, digest: str) -> bytes | None:
        """Return packed notes by their own hash, or None when they are gone."""
        with store_errors():
            found: bytes | None = self._redis.get(keys.account_notes(digest))
        return found

    def processes(self) -> list[AccountProcess]:
        """Return the processes heard of lately; forgets the others after a while."""
        with store_errors():
            rows = self._redis.hgetall(keys.ACCOUNT_PROCESSES)
            now = int(self._redis.time()[0])
            found, gone = [], []
            for name, row in sorted(rows.items()):
                at, _, said = row.partition(b" ")
                age_s = now - int(at) if at.isdigit() else 100 * ALIVE_S
                if age_s > 10 * ALIVE_S:
                    gone.append(name)
                elif age_s <= ALIVE_S and (one := _readable(AccountProcess, said)) is not None:
                    found.append(one)
            if gone:
                self._redis.hdel(keys.ACCOUNT_PROCESSES, *gone)
        return found

    def goodbye(self, process: str) -> None:
        """Take a process that ends from the list."""
        with store_errors():
            self._redis.hdel(keys.ACCOUNT_PROCESSES, process)


def _current(found: Any) -> tuple[int, str]:
    number, digest = found
    try:
        return (int(number), digest.decode()) if number and digest else (0, "")
    except ValueError:
        return 0, ""


def _readable(kind: type[Record], row: bytes) -> Record | None:
    """Return one record, or None when it cannot be read."""
    try:
        return read_record(kind, row)
    except UnreadableRecord as error:
        logger.warning("record_unreadable", extra={"error": str(error)})
        return None
