"""Arbitrary pushes at the real service: none faults, none takes long, and honest ones are answered.

`FUZZ_SEED` begins another run of random pushes; `make faults` runs it for `FAULT_SECONDS`.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlencode

import requests

from tests.system.faults.conftest import Open, Record
from tests.system.faults.env import account
from tests.tools.wechat_simulator.judge import read_reply
from tests.tools.wechat_simulator.wire import Account, signature, text_fields

SEED = int(os.environ.get("FUZZ_SEED", "14"))
LONGEST_S = 2.0  # on a machine that is busy with other things
QUESTION = "黄芪有什么功效？"
TOKENS = [
    "<xml>", "</xml>", "<![CDATA[", "]]>", "]]", ">", "<", "</", "/>", "<!--", "-->", "<?xml", "?>",
    "<!DOCTYPE x [", "<Content>", "</Content>", "<FromUserName>", "</FromUserName>", "<MsgType>",
    "text", "event", "voice", "</MsgType>", "<MsgId>", "</MsgId>", "<Encrypt>", "</Encrypt>", "&lt;",
    "&#0;", "&#x110000;", "&#xD800;", "&amp", "\x00", "\ufeff", "\ufffe", "黄芪", "一" * 300, "9" * 400,
    " " * 200, "\r\n", "<a b='c'>", "👨‍👩‍👧", "\u0315\u0316" * 50, "{", "[", '"', "\\ud800", "%", "oFuzz",
]  # fmt: skip
FIELDS = ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId", "Event",
          "EventKey", "Recognition", "Title", "MediaId", "Label", "Encrypt"]  # fmt: skip
VALUES = ["", " ", "0", "-1", "1.5", "9" * 30, "text", "TEXT", "event", "CLICK", "subscribe", "voice",
          "image", "hologram", "o1", "继续", "重置", "我的数据", "帮助", "反馈 好", "a" * 129]  # fmt: skip


class Fuzzer:
    """Makes signed pushes of which each has something wrong in another place."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.secret, self.plain = account("safe"), account("plain")
        self.ways: list[Callable[[], tuple[str, bytes]]] = [
            self._tokens, self._fields, self._broken, self._inside, self._cipher, self._query,
        ]  # fmt: skip

    def next(self) -> tuple[str, bytes]:
        """Return (query, body)."""
        return self.rng.choice(self.ways)()

    def _signed(self, known: Account, body: bytes, sealed: str | None = None) -> tuple[str, bytes]:
        stamp, nonce = str(int(time.time())), f"{self.rng.getrandbits(48):x}"
        query = {"signature": signature(known.token, stamp, nonce), "timestamp": stamp}
        query["nonce"] = nonce
        if sealed is not None:
            query["encrypt_type"] = "aes"
            query["msg_signature"] = signature(known.token, stamp, nonce, sealed)
        return urlencode(query), body

    def _text(self) -> str:
        return "".join(self.rng.choices(TOKENS, k=self.rng.randint(0, 200)))

    def _xml(self) -> str:
        names = self.rng.sample(FIELDS, self.rng.randint(1, len(FIELDS)))
        rows = []
        for name in names + self.rng.choices(FIELDS, k=self.rng.randint(0, 3)):
            value = self.rng.choice([*VALUES, self._text()])
            rows.append(f"<{name}>{self.rng.choice([f'<![CDATA[{value}]]>', value])}</{name}>")
        return f"<xml>{''.join(rows)}</xml>"

    def _good(self) -> bytes:
        number = str(self.rng.getrandbits(50))
        fields = text_fields(self.plain, f"oFuzz{self.rng.randint(0, 5)}", self._text(), number)
        fields["Content"] = f"<![CDATA[{self._text()}]]>"
        return f"<xml>{''.join(f'<{n}>{v}</{n}>' for n, v in fields.items())}</xml>".encode()

    def _mangle(self, body: bytes) -> bytes:
        found = bytearray(body)
        for _ in range(self.rng.randint(1, 8)):
            at, end = sorted(self.rng.randint(0, len(found)) for _ in range(2))
            what = self.rng.randint(0, 3)
            if what == 0:
                del found[at : min(end, at + 40)]
            elif what == 1:
                found[at:at] = bytes(self.rng.getrandbits(8) for _ in range(self.rng.randint(1, 9)))
            elif what == 2:
                found[at:at] = found[at : min(end, at + 400)] * self.rng.randint(1, 30)
            elif found:
                found[min(at, len(found) - 1)] = self.rng.getrandbits(8)
        return bytes(found[:64_000])

    def _tokens(self) -> tuple[str, bytes]:
        begin = self.rng.choice(["", "<xml>", "<xml><Content><![CDATA["])
        again = self.rng.choice(TOKENS) * self.rng.randint(1, 4000)
        return self._signed(self.plain, f"{begin}{again}{self._text()}".encode()[:64_000])

    def _fields(self) -> tuple[str, bytes]:
        return self._signed(self.plain, self._xml().encode("utf-8", "replace")[:64_000])

    def _broken(self) -> tuple[str, bytes]:
        return self._signed(self.plain, self._mangle(self._good()))

    def _inside(self) -> tuple[str, bytes]:
        text = self.rng.choice([self._xml(), self._text(), self._good().decode("utf-8", "replace")])
        sealed = self.secret.crypto.encrypt(text[:9000].encode("utf-8", "replace").decode())
        body = f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()
        return self._signed(self.secret, body, sealed)

    def _cipher(self) -> tuple[str, bytes]:
        good = self.secret.crypto.encrypt(self._good().decode()[:3000])
        sealed = self._mangle(good.encode()).decode("latin-1")[:9000]
        sealed = re.sub(r"[<&\]\x00-\x20\x7f-\xff]", "A", sealed)
        body = f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()
        return self._signed(self.secret, body, sealed)

    def _query(self) -> tuple[str, bytes]:
        query, body = self._signed(self.plain, self._good())
        mangled = self._mangle(query.encode())[:2000].decode("latin-1")
        safe = re.sub(r"[^!-~]", "%", mangled).replace("#", "%23")
        return safe[:1200], body  # the client escapes again, and a line has 4,094 bytes


def test_arbitrary_pushes_neither_fault_nor_hold_up_the_service(
    open_stack: Open, seconds: float, record: Record
) -> None:
    more = {"XINGLIN_WECHAT_MODE": "compatible", "XINGLIN_REPLY_DEADLINE_S": "0.3"}
    stack = open_stack(more, workers=1)
    fuzzer, session = Fuzzer(SEED), requests.Session()
    codes: Counter[int] = Counter()
    slowest, ends = 0.0, time.monotonic() + seconds

    while time.monotonic() < ends:
        query, body = fuzzer.next()
        began = time.monotonic()
        answer = session.post(f"{stack.base}/wechat?{query}", data=body, timeout=20)
        slowest = max(slowest, time.monotonic() - began)
        codes[answer.status_code] += 1
        assert answer.status_code in (200, 400, 403, 413), (query, body[:500], answer.text[:200])

    known = account("safe")
    honest = known.sign_push(text_fields(known, "oHonest", QUESTION, "77"))
    for _ in range(3):  # the worker may still be busy with what was taken in
        answer = requests.post(f"{stack.base}/wechat", params=honest[0], data=honest[1], timeout=20)
        shown = read_reply(known, "oHonest", answer.status_code, answer.content, labelled=False)
        if shown is not None and QUESTION[:2] in shown.text:
            break
        time.sleep(1)
    session.close()
    told = ", ".join(f"{code}: {n}" for code, n in sorted(codes.items()))
    record(
        f"{sum(codes.values())} arbitrary pushes, seed {SEED}", f"{told}; {slowest:.2f} s at most"
    )

    assert shown is not None
    assert QUESTION[:2] in shown.text
    assert "Traceback" not in stack.log()
    assert slowest < LONGEST_S
    assert len(codes) >= 3, "signed ones, unsigned ones and broken ones were among them"
