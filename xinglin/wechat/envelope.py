"""Opening what the platform sends and sealing what it gets: plain, compatible and safe mode."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from xinglin.errors import MessageError, SignatureError
from xinglin.wechat.crypto import MessageCipher, check, sign
from xinglin.wechat.flatxml import read_fields

Mode = Literal["plain", "compatible", "safe"]
_SIGNATURE = re.compile("[0-9a-f]{40}")
_LONGEST_NONCE = 128


@dataclass(frozen=True, slots=True)
class Opened:
    """An opened push.

    Attributes:
        fields: of the message, tag to text.
        encrypted: whether the answer must be encrypted too.
        proofs: every signature that the query's time stamp, nonce (and cipher text) prove, as
            computed here from what was checked; no other part of the query has a say in them.
        carried: digest of the message, and of the way it came; what the proofs are tied to.
    """

    fields: dict[str, str]
    encrypted: bool
    proofs: tuple[str, ...] = ()
    carried: str = ""


class Envelope:
    """Knows the account's token, key and mode, and what a push must look like in that mode."""

    def __init__(
        self,
        token: str,
        app_id: str = "",
        aes_key: str = "",
        *,
        mode: Mode | None = None,
        age_s: int = 0,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Take the account's secrets.

        Args:
            token: of the server page.
            app_id: of the account.
            aes_key: EncodingAESKey; empty when nothing is encrypted.
            mode: of the server page; None: safe with a key, else plain.
            age_s: how far a push's time stamp may be from this machine's clock; 0 for any.
            now: the clock.

        Raises:
            ValueError: the key is none, it comes without app id, or the mode needs one.
        """
        self._token = token
        self._cipher = MessageCipher(aes_key, app_id) if aes_key else None
        self.mode: Mode = mode or ("safe" if aes_key else "plain")
        if self.mode != "plain" and self._cipher is None:
            raise ValueError(f"{self.mode} mode needs an EncodingAESKey")
        self._age_s, self._now = age_s, now

    def verify(self, query: Mapping[str, str]) -> str:
        """Return the echo string of a URL check, which is never encrypted.

        Raises:
            SignatureError: not signed with our token, or its time is wrong.
            MessageError: there is no echo string.
        """
        echo = query.get("echostr", "")
        if not echo:
            raise MessageError("the URL check has no echostr")
        self._check_stamp(query)
        check(self._signature(query), query.get("signature", ""))
        return echo

    def proofs_of_check(self, query: Mapping[str, str]) -> tuple[tuple[str, ...], str]:
        """Return (proofs, carried) of a URL check that `verify` found good."""
        return (self._signature(query),), _digest("echo", query.get("echostr", "").encode())

    def check_query(self, query: Mapping[str, str]) -> None:
        """Check of a push what can be checked without its body.

        Raises:
            SignatureError: the signature is wrong or missing, or its time.
        """
        self._check_stamp(query)
        if self._is_encrypted(query):
            self._check_encrypted_query(query)
        else:
            check(self._signature(query), query.get("signature", ""))

    def open(self, query: Mapping[str, str], body: bytes) -> Opened:
        """Check and open a push.

        Raises:
            SignatureError: the signature, key or app id is wrong, its time, or the push is not
                encrypted as the mode asks (answer 403).
            MessageError: the body is not a message (answer 400).
        """
        self.check_query(query)
        plain = self._signature(query)
        if not self._is_encrypted(query) or self._cipher is None:
            return Opened(read_fields(body), False, (plain,), _digest("plain", body))
        sealed = read_fields(body).get("Encrypt", "")
        if not sealed:
            raise SignatureError("the push is not encrypted, and the mode of this account asks it")
        proof = self._signature(query, sealed)
        check(proof, query.get("msg_signature", ""))
        message = self._cipher.decrypt(sealed)
        # The plain signature beside it fits any plain body: it is tied to this message as well.
        return Opened(read_fields(message), True, (proof, plain), _digest("encrypted", message))

    def seal(self, xml: str, *, encrypted: bool) -> str:
        """Return a reply's body, encrypted and signed when the push was."""
        if not encrypted or self._cipher is None:
            return xml
        sealed, timestamp, nonce = (
            self._cipher.encrypt(xml),
            self._timestamp(),
            secrets.token_hex(8),
        )
        signature = sign(self._token, timestamp, nonce, sealed)
        return (
            f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{signature}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        )

    def seal_push(self, xml: str, *, encrypted: bool) -> tuple[dict[str, str], str]:
        """Return (query, body) of a push as the platform would send it; for the console.

        Args:
            xml: of the message.
            encrypted: as in safe mode, where a push always is.

        Raises:
            MessageError: `encrypted` in plain mode.
        """
        timestamp, nonce = self._timestamp(), secrets.token_hex(8)
        query = {
            "signature": sign(self._token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
        }
        if not encrypted and self.mode != "safe":
            return query, xml
        if self.mode == "plain" or self._cipher is None:
            raise MessageError("safe mode needs XINGLIN_WECHAT_AES_KEY; this account is plain")
        sealed = self._cipher.encrypt(xml)
        query["encrypt_type"] = "aes"
        query["msg_signature"] = sign(self._token, timestamp, nonce, sealed)
        return query, f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"

    def open_reply(self, body: str) -> dict[str, str]:
        """Return the fields of a reply of ours, decrypted where it is; for the console.

        Raises:
            SignatureError, MessageError: it is none.
        """
        fields = read_fields(body.encode("utf-8", "replace"))
        if "Encrypt" not in fields or self._cipher is None:
            return fields
        parts = (fields.get("TimeStamp", ""), fields.get("Nonce", ""), fields["Encrypt"])
        check(sign(self._token, *parts), fields.get("MsgSignature", ""))
        return read_fields(self._cipher.decrypt(fields["Encrypt"]))

    def _is_encrypted(self, query: Mapping[str, str]) -> bool:
        """Return which way a push claims to come; only compatible mode leaves it the choice."""
        if self.mode == "compatible":
            return query.get("encrypt_type", "").lower() == "aes" or "msg_signature" in query
        if self.mode == "plain" and query.get("encrypt_type", "").lower() == "aes":
            raise SignatureError(
                "the push is encrypted; set XINGLIN_WECHAT_AES_KEY and XINGLIN_WECHAT_MODE"
            )
        return self.mode == "safe"

    def _check_encrypted_query(self, query: Mapping[str, str]) -> None:
        given = query.get("msg_signature", "")
        if not _SIGNATURE.fullmatch(given):
            raise SignatureError("the push has no msg_signature, and this account's mode asks it")
        if query.get("signature"):
            check(self._signature(query), query["signature"])

    def _signature(self, query: Mapping[str, str], *more: str) -> str:
        if not self._token:
            raise SignatureError("no token is set; set XINGLIN_WECHAT_TOKEN")
        return sign(self._token, query.get("timestamp", ""), query.get("nonce", ""), *more)

    def _check_stamp(self, query: Mapping[str, str]) -> None:
        """See that a push is of now, as it says itself."""
        stamp = query.get("timestamp", "")
        if len(query.get("nonce", "")) > _LONGEST_NONCE or len(stamp) > _LONGEST_NONCE:
            raise SignatureError("the time stamp or nonce is too long")
        if not self._age_s:
            return
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 16):
            raise SignatureError("the time stamp is not a number of seconds")
        off_s = int(self._now()) - int(stamp)
        if abs(off_s) > self._age_s:
            raise SignatureError(f"the time stamp is {off_s} s off; is this machine's clock right?")

    def _timestamp(self) -> str:
        return str(int(self._now()))


def _digest(way: str, message: bytes) -> str:
    return f"{way}:{hashlib.sha256(message).hexdigest()}"
