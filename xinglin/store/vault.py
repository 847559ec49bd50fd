"""Encryption of what followers wrote and got, as it stands in Redis and in its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xinglin.errors import HistoryKeyError
from xinglin.store import keys
from xinglin.store.connection import Client, store_errors

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

# No text begins with this: the platform's XML cannot hold it, and replies are cleaned of it.
_MARK = "\x01"
_CHECK = "xinglin"
# A token is base64 of the text, its padding and 57 bytes around it: short turns grow most.
_GROWTH = 2.5
_UNOPENED = (
    "XINGLIN_HISTORY_KEY does not open what is kept in Redis; give the earlier key"
    " back, behind the new one and a comma. Nothing was changed or deleted."
)


class Vault:
    """Seals with the first key and opens with all; without a key texts stay as they are."""

    def __init__(self, history_key: str = "") -> None:
        """Take the setting: Fernet keys with commas; `none` first means to stop encrypting."""
        names = history_key.split(",") if history_key else []
        self._opener = _fernet([name for name in names if name != "none"])
        self._sealer = self._opener if names and names[0] != "none" else None

    def seal(self, text: str) -> str:
        """Return what may be kept of a text."""
        if self._sealer is None:
            return text
        return _MARK + self._sealer.encrypt(text.encode("utf-8", "replace")).decode()

    def open(self, kept: str) -> str:
        """Return the text.

        Raises:
            HistoryKeyError: it was sealed with a key that is not here; it stays where it is.
        """
        if not kept.startswith(_MARK):
            return kept
        if self._opener is None:
            raise HistoryKeyError(_UNOPENED)
        from cryptography.fernet import InvalidToken

        try:
            return self._opener.decrypt(kept[1:]).decode()
        except InvalidToken as error:
            raise HistoryKeyError(_UNOPENED) from error

    def size(self, plain_bytes: int) -> int:
        """Return how many bytes a turn of so many takes when it is kept."""
        if self._sealer is None:
            return plain_bytes
        return int(_GROWTH * plain_bytes)

    def verify(self, redis: Client) -> None:
        """See that these keys open what is kept, and note the one that seals from now on.

        Raises:
            HistoryKeyError: they do not.
            StoreUnavailable: Redis is away.
        """
        with store_errors():
            kept = redis.get(keys.HISTORY_KEY)
            if kept is not None:
                self.open(kept.decode())
            if self._sealer is not None:
                redis.set(keys.HISTORY_KEY, self.seal(_CHECK))
            elif kept is not None:
                redis.delete(keys.HISTORY_KEY)


def _fernet(names: list[str]) -> MultiFernet | None:
    """Return what opens with all of these keys; a process without keys imports no cipher."""
    if not names:
        return None
    from cryptography.fernet import Fernet, MultiFernet

    return MultiFernet([Fernet(name) for name in names])
