"""Encryption of what followers wrote and got, as it stands in Redis and in its files.

Each text is sealed for its place: for one follower, one kind of text and, where it has one, one
message. Copied to another place it does not open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
import os
import re
from typing import TYPE_CHECKING

from xinglin.bilingual import Notice
from xinglin.errors import HistoryKeyError, UnboundError
from xinglin.store import keys
from xinglin.store.connection import Client, store_errors

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

logger = logging.getLogger(__name__)
# No text begins with this: the platform's XML cannot hold it, and replies are cleaned of it.
_MARK = "\x01"
_VERSION = "2."
_NONCE_BYTES, _TAG_BYTES, _ID_DIGITS = 12, 16, 8
_CHECK, _CHECK_PLACE = "xinglin", "check"
# A sealed text is base64 of the text and 28 bytes around it, and 12 characters: short turns grow
# most.
_GROWTH = 2.5
_UNOPENED = Notice(
    "XINGLIN_HISTORY_KEY does not open what is kept in Redis; give the earlier key"
    " back, behind the new one and a comma. Nothing was changed or deleted.",
    "XINGLIN_HISTORY_KEY 打不开 Redis 里保存的内容；请把旧密钥加回来，"
    "写在新密钥和一个英文逗号后面。什么都没有改动或删除。",
)
_UNBOUND = (
    "a text in Redis is not sealed for its place: it was kept without a key or by an earlier"
    " version (`unbound` in XINGLIN_HISTORY_KEY reads it meanwhile), or somebody moved it"
)
_WORDS = frozenset({"none", "unbound"})
# The mark of a sealed text, as it stands and as JSON spells it, and the id of the key behind it.
_SEALED = re.compile(rb"(?:\x01|\\u0001)2\.([0-9a-f]{8})\.")


def place(kind: str, user: str, message_id: str = "") -> str:
    """Return the name of the place that a text is sealed for.

    Args:
        kind: what the text is: question, answer, openid, page, ...
        user: hashed id.
        message_id: where the text belongs to one message.
    """
    return f"{kind}|{user}|{message_id}"


def sealing_keys(kept: bytes) -> list[str]:
    """Return the ids of the keys that sealed the texts in a value of Redis; [] for none."""
    return [found.decode() for found in _SEALED.findall(kept)]


class Encryption:
    """Seals with the first key and opens with all; without a key texts stay as they are."""

    def __init__(self, history_key: str = "") -> None:
        """Take the setting: keys with commas.

        `none` first means to stop encrypting, `unbound` anywhere to read also what is sealed for no
        place: texts kept without a key, and those that version 0.1.0 sealed.
        """
        names = history_key.split(",") if history_key else []
        given = [name for name in names if name not in _WORDS]
        self._seals = bool(given) and names[0] != "none"
        self._keys = {_key_id(name): _cipher(name) for name in given}
        self._first = _key_id(given[0]) if given else ""
        self._names = given
        self._takes_unbound = not self._seals or "unbound" in names

    @property
    def key_ids(self) -> frozenset[str]:
        """Ids of the keys that are here; they say nothing of the keys."""
        return frozenset(self._keys)

    @property
    def takes_unbound(self) -> bool:
        """True if texts that no key sealed are read."""
        return self._takes_unbound

    def encrypt(self, text: str, where: str) -> str:
        """Return what may be kept of a text at a `place`."""
        if not self._seals:
            return text
        nonce = os.urandom(_NONCE_BYTES)
        encrypted = self._keys[self._first].encrypt(
            nonce, text.encode("utf-8", "replace"), where.encode("utf-8", "replace")
        )
        body = base64.urlsafe_b64encode(nonce + encrypted).decode()
        return f"{_MARK}{_VERSION}{self._first}.{body}"

    def decrypt(self, kept: str, where: str) -> str:
        """Return the text that is kept at a `place`.

        Raises:
            HistoryKeyError: it was sealed with a key that is not here; it stays where it is.
            UnboundError: it was not sealed for this place.
        """
        if kept.startswith(_MARK + _VERSION):
            return self._open_bound(kept[len(_MARK + _VERSION) :], where)
        if kept.startswith(_MARK):
            return self._open_unbound(kept[len(_MARK) :])
        if not self._takes_unbound:
            raise UnboundError(_UNBOUND)
        return kept

    def decrypt_bytes(self, kept: bytes, where: str) -> str:
        """Decrypt a value as Redis returns it; raises as `decrypt` does."""
        return self.decrypt(kept.decode("utf-8", "replace"), where)

    def size(self, plain_bytes: int) -> int:
        """Return how many bytes a turn of so many takes when it is kept."""
        if not self._seals:
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
                self._verify_check(kept.decode())
            if self._seals:
                redis.set(keys.HISTORY_KEY, self.encrypt(_CHECK, _CHECK_PLACE))
            elif kept is not None:
                redis.delete(keys.HISTORY_KEY)

    def _verify_check(self, kept: str) -> None:
        """Try the kept word, which tells the key in use and nothing of a follower."""
        if kept.startswith(_MARK) and not kept.startswith(_MARK + _VERSION):
            self._open_fernet(kept[len(_MARK) :])
            if not self._takes_unbound:
                logger.warning("history_of_an_earlier_version_is_not_read")
            return
        self.decrypt(kept, _CHECK_PLACE)

    def _open_bound(self, encrypted: str, where: str) -> str:
        key_id, _, body = encrypted.partition(".")
        cipher = self._keys.get(key_id)
        if cipher is None:
            raise HistoryKeyError(_UNOPENED)
        from cryptography.exceptions import InvalidTag

        try:
            raw = base64.b64decode(body, altchars=b"-_", validate=True)
            nonce, text = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            return cipher.decrypt(nonce, text, where.encode("utf-8", "replace")).decode()
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise UnboundError(_UNBOUND) from error

    def _open_unbound(self, encrypted: str) -> str:
        """Open what version 0.1.0 sealed, which may stand anywhere."""
        text = self._open_fernet(encrypted)
        if not self._takes_unbound:
            raise UnboundError(_UNBOUND)
        return text

    def _open_fernet(self, encrypted: str) -> str:
        if not self._names:
            raise HistoryKeyError(_UNOPENED)
        from cryptography.fernet import InvalidToken

        try:
            return _fernet(self._names).decrypt(encrypted).decode()
        except InvalidToken as error:
            raise HistoryKeyError(_UNOPENED) from error


def _fernet(names: list[str]) -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet

    return MultiFernet([Fernet(name) for name in names])


def _cipher(name: str) -> AESGCM:
    """Return the cipher of a key; a process without keys imports none."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(_derived(name, b"texts"))


def _key_id(name: str) -> str:
    """Return what names a key in what it sealed, and says nothing of it."""
    return _derived(name, b"name").hex()[:_ID_DIGITS]


def _derived(name: str, purpose: bytes) -> bytes:
    """Return 32 bytes for one purpose; the key itself is random, so one HMAC is enough."""
    return hmac.new(
        base64.urlsafe_b64decode(name), b"xinglin 2 " + purpose, hashlib.sha256
    ).digest()
