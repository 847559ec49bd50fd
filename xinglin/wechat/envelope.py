"""Opening what the platform sends and sealing what it gets: plain, compatible and safe mode."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from xinglin.errors import MessageError, SignatureError
from xinglin.wechat.crypto import MessageCipher, check, sign
from xinglin.wechat.flatxml import read_fields


@dataclass(frozen=True, slots=True)
class Opened:
    """An opened push.

    Attributes:
        fields: of the message, tag to text.
        encrypted: whether the answer must be encrypted too.
        proof: the signature and what it signs; the platform makes one for each push.
    """

    fields: dict[str, str]
    encrypted: bool
    proof: str = ""


class Envelope:
    """Knows the account's token and key; decides per request whether it is plain or encrypted."""

    def __init__(
        self,
        token: str,
        app_id: str = "",
        aes_key: str = "",
        *,
        age_s: int = 0,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Take the account's secrets.

        Args:
            token: of the server page.
            app_id: of the account.
            aes_key: EncodingAESKey; empty when nothing is encrypted.
            age_s: how far a push's time stamp may be from this machine's clock; 0 for any.
            now: the clock.
        """
        self._token = token
        self._cipher = MessageCipher(aes_key, app_id) if aes_key else None
        self._age_s, self._now = age_s, now

    def verify(self, query: Mapping[str, str]) -> str:
        """Return the echo string of a URL check.

        Raises:
            SignatureError: not signed with our token.
            MessageError: there is no echo string.
        """
        echo = query.get("echostr", "")
        if not echo:
            raise MessageError("the URL check has no echostr")
        if query.get("msg_signature") and self._cipher:
            self._check(query, "msg_signature", echo)
            return self._cipher.decrypt(echo).decode("utf-8", "replace")
        self._check(query, "signature")
        return echo

    def open(self, query: Mapping[str, str], body: bytes) -> Opened:
        """Check and open a push.

        Raises:
            SignatureError: the signature, key or app id is wrong, or its time (answer 403).
            MessageError: the body is not a message (answer 400).
        """
        if query.get("encrypt_type", "raw") != "aes":
            self._check(query, "signature")
            return Opened(read_fields(body), encrypted=False, proof=self._proof(query))
        if query.get("signature"):
            self._check(query, "signature")
        if self._cipher is None:
            raise SignatureError("the push is encrypted; set XINGLIN_WECHAT_AES_KEY")
        if not query.get("msg_signature"):
            raise SignatureError("the encrypted push has no msg_signature")
        sealed = read_fields(body).get("Encrypt", "")
        if not sealed:
            raise MessageError("the encrypted push has no Encrypt field")
        self._check(query, "msg_signature", sealed)
        fields = read_fields(self._cipher.decrypt(sealed))
        return Opened(fields, encrypted=True, proof=self._proof(query))

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

        Raises:
            MessageError: `encrypted` without a key.
        """
        timestamp, nonce = self._timestamp(), secrets.token_hex(8)
        query = {
            "signature": sign(self._token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
        }
        if not encrypted:
            return query, xml
        if self._cipher is None:
            raise MessageError("safe mode needs XINGLIN_WECHAT_AES_KEY")
        sealed = self._cipher.encrypt(xml)
        query["encrypt_type"] = "aes"
        query["msg_signature"] = sign(self._token, timestamp, nonce, sealed)
        return query, f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"

    def open_reply(self, body: str) -> dict[str, str]:
        """Return the fields of a reply of ours, decrypted where it is; for the console.

        Raises:
            SignatureError, MessageError: it is none.
        """
        fields = read_fields(body.encode())
        if "Encrypt" not in fields or self._cipher is None:
            return fields
        parts = (fields.get("TimeStamp", ""), fields.get("Nonce", ""), fields["Encrypt"])
        check(sign(self._token, *parts), fields.get("MsgSignature", ""))
        return read_fields(self._cipher.decrypt(fields["Encrypt"]))

    def _check(self, query: Mapping[str, str], name: str, *more: str) -> None:
        given = query.get(name, "")
        if not self._token:
            raise SignatureError("no token is set; set XINGLIN_WECHAT_TOKEN")
        expected = sign(self._token, query.get("timestamp", ""), query.get("nonce", ""), *more)
        check(expected, given)

    def _proof(self, query: Mapping[str, str]) -> str:
        """Return what proves a push, once its time stamp is found recent enough."""
        stamp = query.get("timestamp", "")
        if self._age_s:
            if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 16):
                raise SignatureError("the time stamp is not a number of seconds")
            off_s = int(self._now()) - int(stamp)
            if abs(off_s) > self._age_s:
                raise SignatureError(
                    f"the time stamp is {off_s} s off; is this machine's clock right?"
                )
        signature = query.get("msg_signature") or query.get("signature", "")
        return f"{signature}|{stamp}|{query.get('nonce', '')}"

    def _timestamp(self) -> str:
        return str(int(self._now()))
