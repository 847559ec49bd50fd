"""The platform's wire: signatures, safe mode's cipher, and what a push looks like.

Written from the platform's pages alone; nothing of `xinglin/wechat` is used, so that a mistake
there cannot hide behind the same mistake here.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import struct
import time
from dataclasses import dataclass
from typing import Literal

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

Mode = Literal["plain", "compatible", "safe"]
BLOCK = 32


def signature(*parts: str) -> str:
    """Return the SHA-1 of the sorted parts."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Crypto:
    """Safe mode: AES-256-CBC with PKCS#7 to 32 bytes."""

    token: str
    app_id: str
    aes_key: str

    def _cipher(self) -> Cipher[modes.CBC]:
        key = base64.b64decode(self.aes_key + "=")
        return Cipher(algorithms.AES(key), modes.CBC(key[:16]))

    def encrypt(self, text: str) -> str:
        """Return the base64 of random(16) + length + text + app id."""
        body = text.encode()
        plain = os.urandom(16) + struct.pack(">I", len(body)) + body + self.app_id.encode()
        pad = BLOCK - len(plain) % BLOCK
        return self.seal_blocks(plain + bytes([pad]) * pad)

    def seal_blocks(self, plain: bytes) -> str:
        """Return the base64 of whole blocks of 16 bytes, whatever they hold."""
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()

    def decrypt(self, sealed: str) -> str:
        """Return the text.

        Raises:
            ValueError: it was sealed with another key, or for another app id.
        """
        decryptor = self._cipher().decryptor()
        plain = decryptor.update(base64.b64decode(sealed, validate=True)) + decryptor.finalize()
        pad = plain[-1] if plain else 0
        if not 1 <= pad <= BLOCK or plain[-pad:] != bytes([pad]) * pad or len(plain) < 20 + pad:
            raise ValueError("the padding is wrong: sealed with another key")
        plain = plain[16:-pad]
        (length,) = struct.unpack(">I", plain[:4])
        if plain[4 + length :] != self.app_id.encode():
            raise ValueError("the reply was sealed for another app id")
        return plain[4 : 4 + length].decode()


@dataclass(frozen=True, slots=True)
class Account:
    """An official account as its server page shows it."""

    token: str
    app_id: str = ""
    aes_key: str = ""
    mode: Mode = "plain"
    name: str = "gh_platform"

    @property
    def crypto(self) -> Crypto:
        """The cipher of compatible and safe mode."""
        return Crypto(self.token, self.app_id, self.aes_key)

    def sign_push(self, fields: dict[str, str]) -> tuple[dict[str, str], bytes]:
        """Return (query, body) of a push, as the account's mode has it."""
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
        stamp, nonce = str(int(time.time())), secrets.token_hex(5)
        query = {"signature": signature(self.token, stamp, nonce), "timestamp": stamp}
        query |= {"nonce": nonce, "openid": fields.get("FromUserName", "")[9:-3]}
        if self.mode == "plain":
            return query, f"<xml>{inner}</xml>".encode()
        sealed = self.crypto.encrypt(f"<xml>{inner}</xml>")
        query |= {"encrypt_type": "aes"}
        query |= {"msg_signature": signature(self.token, stamp, nonce, sealed)}
        shown = (
            inner if self.mode == "compatible" else f"<ToUserName>{cdata(self.name)}</ToUserName>"
        )
        return query, f"<xml>{shown}<Encrypt>{cdata(sealed)}</Encrypt></xml>".encode()


def cdata(text: str) -> str:
    """Wrap text as the platform does."""
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def text_fields(account: Account, openid: str, text: str, message_id: str) -> dict[str, str]:
    """Return the fields of a text message."""
    return {
        "ToUserName": cdata(account.name),
        "FromUserName": cdata(openid),
        "CreateTime": str(int(time.time())),
        "MsgType": cdata("text"),
        "Content": cdata(text),
        "MsgId": message_id,
    }


def event_fields(account: Account, openid: str, event: str, key: str = "") -> dict[str, str]:
    """Return the fields of an event; it has no MsgId."""
    return {
        "ToUserName": cdata(account.name),
        "FromUserName": cdata(openid),
        "CreateTime": str(int(time.time())),
        "MsgType": cdata("event"),
        "Event": cdata(event),
        "EventKey": cdata(key),
    }
