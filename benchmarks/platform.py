"""The WeChat side of a load run: pushes like the platform does, and hosts the API it offers.

Shares no code with the product, so that it judges it from outside. Rules: 5 seconds a try, three
tries with one MsgId, signed requests, AES-256-CBC in safe mode.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import secrets
import struct
import threading
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

TRY_TIMEOUT_S = 5.0
TRIES = 3
ACCOUNT = "gh_benchmark"


def _signature(*parts: str) -> str:
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
        pad = 32 - len(plain) % 32
        encryptor = self._cipher().encryptor()
        sealed = encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def decrypt(self, sealed: str) -> str:
        """Return the text; the app id must be ours."""
        decryptor = self._cipher().decryptor()
        plain = decryptor.update(base64.b64decode(sealed)) + decryptor.finalize()
        plain = plain[16 : -plain[-1]]
        (length,) = struct.unpack(">I", plain[:4])
        if plain[4 + length :].decode() != self.app_id:
            raise ValueError("the reply was sealed for another app id")
        return plain[4 : 4 + length].decode()


@dataclass(frozen=True, slots=True)
class Answer:
    """What one push came to.

    Attributes:
        text: the passive reply's text; "" for an empty acknowledgement.
        seconds: from the first try's start to the answer.
        tries: how many were needed.
        faults: what the follower would have seen as a fault notice.
    """

    text: str
    seconds: float
    tries: int
    faults: tuple[str, ...] = ()


@dataclass(slots=True)
class Platform:
    """Pushes messages at one or more webhook addresses."""

    urls: list[str]
    token: str
    app_id: str = ""
    aes_key: str = ""
    _local: threading.local = field(default_factory=threading.local)

    def push(self, openid: str, text: str, message_id: str, *, attempt: int = 0) -> Answer:
        """Push one text message, with the platform's retries."""
        faults: list[str] = []
        began = time.monotonic()
        for number in range(TRIES):
            url = self.urls[(attempt + number) % len(self.urls)]
            try:
                reply = self._post(url, openid, text, message_id)
                return Answer(reply, time.monotonic() - began, number + 1, tuple(faults))
            except (requests.RequestException, ValueError, ElementTree.ParseError) as error:
                faults.append(f"{type(error).__name__}: {error}")
                wait = began + (number + 1) * TRY_TIMEOUT_S - time.monotonic()
                time.sleep(max(0.0, wait) if isinstance(error, requests.Timeout) else 0.3)
        return Answer("", time.monotonic() - began, TRIES, tuple(faults))

    def _post(self, url: str, openid: str, text: str, message_id: str) -> str:
        xml = (
            f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName>"
            f"<FromUserName><![CDATA[{openid}]]></FromUserName>"
            f"<CreateTime>{int(time.time())}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            f"<Content><![CDATA[{text}]]></Content><MsgId>{message_id}</MsgId></xml>"
        )
        timestamp, nonce = str(int(time.time())), secrets.token_hex(5)
        query = {
            "signature": _signature(self.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "openid": openid,
        }
        if self.aes_key:
            sealed = Crypto(self.token, self.app_id, self.aes_key).encrypt(xml)
            query |= {
                "encrypt_type": "aes",
                "msg_signature": _signature(self.token, timestamp, nonce, sealed),
            }
            xml = (
                f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName>"
                f"<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
            )
        response = self._session().post(url, params=query, data=xml.encode(), timeout=TRY_TIMEOUT_S)
        if response.status_code != 200:
            raise ValueError(f"HTTP {response.status_code}: {response.text[:80]}")
        return self._read(response.text, openid)

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        session: requests.Session = self._local.session
        return session

    def _read(self, body: str, openid: str) -> str:
        if body in ("", "success"):
            return ""
        root = ElementTree.fromstring(body)
        if self.aes_key:
            values = {child.tag: child.text or "" for child in root}
            expected = _signature(
                self.token, values["TimeStamp"], values["Nonce"], values["Encrypt"]
            )
            if values["MsgSignature"] != expected:
                raise ValueError("the reply's MsgSignature is wrong")
            sealed = Crypto(self.token, self.app_id, self.aes_key).decrypt(values["Encrypt"])
            root = ElementTree.fromstring(sealed)
        values = {child.tag: child.text or "" for child in root}
        if values["ToUserName"] != openid or values["FromUserName"] != ACCOUNT:
            raise ValueError("ToUserName and FromUserName are not swapped")
        if len(values["Content"].encode()) > 2047:
            raise ValueError(f"the reply has {len(values['Content'].encode())} bytes")
        return values["Content"]


class ApiHost:
    """A loopback stand-in for the platform's API: tokens and custom/send."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.tokens = 0
        self._lock = threading.Lock()
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
                answer = json.dumps(host.answer(urlsplit(self.path).path, body)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: Any) -> None:
                del args

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Answer one call."""
        with self._lock:
            if path.endswith("stable_token"):
                self.tokens += 1
                return {"access_token": f"token-{self.tokens}", "expires_in": 7200}
            if path.endswith("custom/send"):
                self.sent.append((body["touser"], body["text"]["content"]))
            return {"errcode": 0, "errmsg": "ok"}

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


def strip_links(text: str) -> str:
    """Return a reply as a follower reads it."""
    return re.sub(r"<[^>]+>", "", text)
