"""Signatures, and the cipher of compatible and safe mode."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from xinglin.errors import SignatureError

_BLOCK = 32


def sign(*parts: str) -> str:
    """Return the platform's signature: SHA-1 over the sorted parts, hex."""
    joined = "".join(sorted(parts)).encode("utf-8", "surrogatepass")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def check(expected: str, given: str) -> None:
    """Compare in constant time.

    Raises:
        SignatureError: they differ.
    """
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass")):
        raise SignatureError("the signature is wrong; is the token the same on both sides?")


class MessageCipher:
    """AES-256-CBC with PKCS#7 to 32 bytes; plaintext = random(16) + length + text + app id."""

    def __init__(self, aes_key: str, app_id: str) -> None:
        """Take an EncodingAESKey of 43 characters, and the id that each sealed text ends with.

        Raises:
            ValueError: the key does not decode to 32 bytes, or there is no app id.
        """
        if not app_id:
            raise ValueError("EncodingAESKey is of no use without the account's AppID")
        self._key = base64.b64decode(aes_key + "=")
        if len(self._key) != 32:
            raise ValueError("EncodingAESKey must have 43 characters")
        self._app_id = app_id

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))

    def encrypt(self, text: str) -> str:
        """Return base64 of the sealed text."""
        body = text.encode("utf-8", "replace")
        plain = os.urandom(16) + struct.pack(">I", len(body)) + body + self._app_id.encode()
        pad = _BLOCK - len(plain) % _BLOCK
        encryptor = self._cipher().encryptor()
        sealed = encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()
        return base64.b64encode(sealed).decode("ascii")

    def decrypt(self, sealed: str) -> bytes:
        """Open a sealed text.

        Raises:
            SignatureError: it was not made with this key and app id.
        """
        refusal = "the encrypted message cannot be opened; is EncodingAESKey the same?"
        try:
            data = base64.b64decode(sealed, validate=True)
        except (binascii.Error, ValueError) as error:
            raise SignatureError(refusal) from error
        if not data or len(data) % 16:
            raise SignatureError(refusal)
        decryptor = self._cipher().decryptor()
        plain = decryptor.update(data) + decryptor.finalize()
        pad = plain[-1]
        if not 1 <= pad <= _BLOCK or plain[-pad:] != bytes([pad]) * pad or len(plain) - pad < 20:
            raise SignatureError(refusal)
        plain = plain[:-pad]
        (length,) = struct.unpack(">I", plain[16:20])
        if length > len(plain) - 20:
            raise SignatureError(refusal)
        app_id = plain[20 + length :]
        if not hmac.compare_digest(app_id, self._app_id.encode()):
            raise SignatureError("the encrypted message is for another app id")
        return plain[20 : 20 + length]
