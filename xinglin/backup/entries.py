"""One key of Redis as a backup keeps it: its type's plain values, which every version reads.

Redis' own dumps differ between its versions and are not used.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from xinglin.backup.errors import BackupError, damaged
from xinglin.store.connection import Client

KINDS = ("string", "list", "hash", "set", "zset")
_AT_ONCE = 500
"""Elements of a value that one command writes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its value.

    Attributes:
        key: its name.
        kind: of `KINDS`.
        expires_at_ms: when it expires, Unix time in milliseconds; None for never.
        values: the string alone; elements of a list or set; fields and values of a hash, or
            members and scores, by turns.
    """

    key: bytes
    kind: str
    expires_at_ms: int | None
    values: tuple[bytes, ...] = field(repr=False)

    @classmethod
    def of_row(cls, row: Sequence[Any]) -> Entry | None:
        """Return the entry of a row of `read_keys.lua`; None for a type of somebody else's."""
        key, kind, until, value = row
        if value is None or kind.decode() not in KINDS:
            return None
        values = (value,) if kind == b"string" else tuple(value)
        return cls(key, kind.decode(), int(until) if until else None, values)

    @classmethod
    def of_fields(cls, found: Any) -> Entry:
        """Return the entry of a JSON object.

        Raises:
            BackupError: it is none.
        """
        try:
            key, kind, until = found["key"], found["type"], found.get("expires_at_ms")
            values = tuple(_to_bytes(one) for one in found["values"])
            if kind not in KINDS or not (until is None or isinstance(until, int)):
                raise ValueError("of no known type")
            return cls(_to_bytes(key), kind, until, values)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BackupError(damaged("store.jsonl")) from error

    def fields(self) -> dict[str, Any]:
        """Return the JSON object of this entry; what is no UTF-8 stands in base64."""
        found: dict[str, Any] = {"key": _to_json(self.key), "type": self.kind}
        if self.expires_at_ms is not None:
            found["expires_at_ms"] = self.expires_at_ms
        return found | {"values": [_to_json(one) for one in self.values]}

    def write(self, pipe: Client, *, spare: bool) -> None:
        """Put the key into Redis with its expiry.

        Args:
            pipe: takes the commands.
            spare: leave a string that is there already.
        """
        if self.kind == "string":
            pipe.set(self.key, self.values[0], nx=spare, pxat=self.expires_at_ms)
            return
        pipe.delete(self.key)
        for start in range(0, len(self.values), _AT_ONCE):
            self._add(pipe, self.values[start : start + _AT_ONCE])
        if self.expires_at_ms is not None:
            pipe.pexpireat(self.key, self.expires_at_ms)

    def _add(self, pipe: Client, values: tuple[bytes, ...]) -> None:
        if self.kind == "list":
            pipe.rpush(self.key, *values)
        elif self.kind == "set":
            pipe.sadd(self.key, *values)
        elif self.kind == "hash":
            pipe.hset(self.key, items=list(values))
        else:
            scored = [part for at in range(0, len(values), 2) for part in values[at : at + 2][::-1]]
            pipe.execute_command("ZADD", self.key, *scored)


def _to_json(raw: bytes) -> str | dict[str, str]:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode()}


def _to_bytes(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode()
    try:
        return base64.b64decode(value["base64"], validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
