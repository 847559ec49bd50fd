"""Strangers at the real service: who saw a push, who knows an address, who has nothing but time."""

from __future__ import annotations

import http.client
import re
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from tests.system.faults.conftest import Record
from tests.system.faults.env import AES_KEY, LEASE_S, account
from tests.tools.wechat_simulator.judge import read_reply
from tests.tools.wechat_simulator.stack import Stack
from tests.tools.wechat_simulator.wire import Account, cdata, text_fields
from xinglin import texts

VICTIM, STRANGER = "oVictim0001", "oStranger001"
ASKED = "黄芪有什么功效？"
ERASE, EXPORT = "删除我的数据", "我的数据"
Query = dict[str, str]


@contextmanager
def serving(**more: str) -> Iterator[Stack]:
    """The service with an echo engine: one web server, one worker."""
    settings = {
        "XINGLIN_WECHAT_TOKEN": "faulttoken",
        "XINGLIN_WECHAT_APP_ID": "wxfault",
        "XINGLIN_ADMIN_TOKEN": "fault-suite-admin-token",
        "XINGLIN_BACKEND": "echo",
        "XINGLIN_LEASE_S": str(LEASE_S),
    }
    stack = Stack(settings | more, workers=1)
    try:
        yield stack
    finally:
        stack.close()


@pytest.fixture(scope="module")
def safe() -> Iterator[Stack]:
    with serving(XINGLIN_WECHAT_AES_KEY=AES_KEY) as stack:
        yield stack


@pytest.fixture(scope="module")
def compatible() -> Iterator[Stack]:
    with serving(
        XINGLIN_WECHAT_AES_KEY=AES_KEY,
        XINGLIN_WECHAT_MODE="compatible",
        XINGLIN_CONSOLE_PUBLIC="1",
        XINGLIN_USER_RATE="",
    ) as stack:
        yield stack


@pytest.fixture(scope="module")
def plain() -> Iterator[Stack]:
    with serving(XINGLIN_CONSOLE="1") as stack:
        yield stack


class Onlooker:
    """Posts what it likes to one service, and reads the replies of an account."""

    def __init__(self, stack: Stack, known: Account) -> None:
        self.stack, self.account = stack, known

    def push(self, openid: str, text: str, message_id: str = "") -> tuple[Query, bytes]:
        """Return a push of the platform itself, as somebody on the line sees it."""
        number = message_id or str(10**15 + secrets.randbelow(10**15))
        return self.account.sign_push(text_fields(self.account, openid, text, number))

    def post(self, query: Any, body: bytes, **more: Any) -> requests.Response:
        address = (
            f"{self.stack.base}/wechat?{query if isinstance(query, str) else urlencode(query)}"
        )
        return requests.post(address, data=body, timeout=20, **more)

    def say(self, openid: str, text: str) -> str:
        """Say something as an honest follower; returns what the follower reads."""
        answer = self.post(*self.push(openid, text))
        assert answer.status_code == 200, answer.text
        if answer.text == "success":
            return ""
        shown = read_reply(self.account, openid, 200, answer.content, labelled=False)
        return shown.text if shown else ""


def forged(openid: str, text: str) -> bytes:
    fields = text_fields(account("plain"), openid, text, str(secrets.randbelow(10**15)))
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return f"<xml>{inner}</xml>".encode()


def codes(answers: Iterator[requests.Response]) -> set[int]:
    return {answer.status_code for answer in answers}


def test_one_signature_that_was_seen_serves_no_other_body(plain: Stack) -> None:
    onlooker = Onlooker(plain, account("plain"))
    onlooker.say(VICTIM, ASKED)
    query, body = onlooker.push(STRANGER, "当归")
    assert onlooker.post(query, body).status_code == 200

    variants: list[Any] = [query | {"msg_signature": f"y{n}"} for n in range(50)]
    variants += [query | more for more in (
        {}, {"encrypt_type": "raw"}, {"encrypt_type": "RAW"}, {"openid": VICTIM}, {"x": "1"},
        {"msg_signature": query["signature"]}, {"echostr": "e"},
    )]  # fmt: skip
    variants += [
        f"{urlencode(query)}&signature=x&timestamp=1&nonce=2",
        f"{urlencode(query)}&{urlencode(query)}",
        f"a=b&{urlencode(query)}&msg_signature=1&msg_signature=2",
        urlencode(query).replace("nonce", "%6eonce"),
    ]
    refused = codes(onlooker.post(one, forged(VICTIM, ERASE)) for one in variants)
    moved = [dict(query, timestamp=query["timestamp"] + query["nonce"][:n],
                  nonce=query["nonce"][n:]) for n in range(1, 10)]  # fmt: skip

    assert refused == {403}
    assert codes(onlooker.post(one, forged(VICTIM, ERASE)) for one in moved) == {403}
    assert "黄芪" in onlooker.say(VICTIM, EXPORT)
    assert onlooker.post(query, body).status_code == 200, "the platform's own retry"


def test_a_body_with_one_more_byte_is_another_body(plain: Stack) -> None:
    onlooker = Onlooker(plain, account("plain"))
    query, body = onlooker.push(STRANGER, "当归")
    assert onlooker.post(query, body).status_code == 200

    changed = [body + b" ", body.replace(b"</xml>", b"<A>1</A></xml>"), b"\n" + body]
    changed.append(re.sub(rb"(<CreateTime>\d+)\d(</CreateTime>)", rb"\g<1>0\2", body))

    assert codes(onlooker.post(query, one) for one in changed if one != body) == {403}


def test_an_address_check_that_was_seen_serves_no_push(plain: Stack) -> None:
    onlooker = Onlooker(plain, account("plain"))
    query, _ = onlooker.push(STRANGER, "当归")
    asked = requests.get(f"{plain.base}/wechat", params=query | {"echostr": "hello"}, timeout=10)

    assert (asked.status_code, asked.text) == (200, "hello")
    assert onlooker.post(query, forged(VICTIM, ERASE)).status_code == 403
    again = requests.get(f"{plain.base}/wechat", params=query | {"echostr": "hello"}, timeout=10)
    assert again.status_code == 200


def test_parallel_forgeries_with_a_fresh_signature_win_at_most_one_body(plain: Stack) -> None:
    onlooker = Onlooker(plain, account("plain"))
    query, _ = onlooker.push(STRANGER, "当归")
    found: list[int] = []

    def post(number: int) -> None:
        found.append(onlooker.post(query, forged(f"oCopy{number:04}", "帮助")).status_code)

    threads = [threading.Thread(target=post, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(found) == [200] + [403] * 7


DOWNGRADES: list[Query] = [
    {}, {"encrypt_type": "AES"}, {"encrypt_type": "aes"}, {"encrypt_type": "Aes"},
    {"encrypt_type": "raw"}, {"encrypt_type": ""}, {"encrypt_type": "aes "},
]  # fmt: skip


@pytest.mark.parametrize("keeps", [True, False])
def test_safe_mode_is_not_talked_down(safe: Stack, keeps: bool) -> None:
    onlooker = Onlooker(safe, account("safe"))
    onlooker.say(VICTIM, ASKED)
    query, body = onlooker.push(VICTIM, "人参")
    seen = query if keeps else {n: query[n] for n in ("signature", "timestamp", "nonce")}
    bodies = [forged(VICTIM, EXPORT), forged(VICTIM, ERASE)]

    before = codes(onlooker.post(seen | more, one) for more in DOWNGRADES for one in bodies)
    assert onlooker.post(query, body).status_code == 200, "what was refused used nothing up"
    after = codes(onlooker.post(seen | more, one) for more in DOWNGRADES for one in bodies)

    assert before == after == {403}
    assert "黄芪" in onlooker.say(VICTIM, EXPORT)


def test_compatible_mode_ties_both_signatures_of_a_push(compatible: Stack) -> None:
    secret, open_ = (Onlooker(compatible, account(mode)) for mode in ("compatible", "plain"))
    assert secret.say(VICTIM, ASKED)
    assert open_.say(STRANGER, "当归是什么药材？")
    query, body = secret.push(VICTIM, "人参")
    assert secret.post(query, body).status_code == 200

    bare = {name: query[name] for name in ("signature", "timestamp", "nonce")}
    inner = body.replace(re.findall(rb"<Encrypt>.*</Encrypt>", body)[0], b"")
    refused = codes(
        secret.post(seen, one)
        for seen in (bare, bare | {"encrypt_type": "raw"})
        for one in (forged(VICTIM, EXPORT), body, inner)
    )

    assert refused == {403}
    assert secret.post(query, body).status_code == 200


def test_nobody_gets_an_encrypted_push_read_out(safe: Stack, compatible: Stack) -> None:
    for stack in (safe, compatible):
        onlooker = Onlooker(stack, account("safe"))
        query, body = onlooker.push(VICTIM, "我怀孕了")
        assert onlooker.post(query, body).status_code == 200
        sealed = re.findall(r"<Encrypt><!\[CDATA\[(.*)\]\]></Encrypt>", body.decode())[0]
        params = query | {"echostr": sealed}
        echo = requests.get(f"{stack.base}/wechat", params=params, timeout=10)
        posed = (
            f"<xml><Encrypt>{cdata(sealed)}</Encrypt><TimeStamp>{query['timestamp']}</TimeStamp>"
            f"<MsgSignature>{query['msg_signature']}</MsgSignature><Nonce>{query['nonce']}</Nonce></xml>"
        )
        opened = requests.post(f"{stack.base}/console/open", json={"body": posed}, timeout=10)
        reply = onlooker.post(query, body).text
        read = requests.post(f"{stack.base}/console/open", json={"body": reply}, timeout=10)

        assert (echo.status_code, echo.text) in ((403, "signature refused\n"), (200, sealed))
        for answer in (opened, read):
            assert answer.status_code in (400, 404)
            assert "怀孕" not in answer.text


def compose(stack: Stack, **message: Any) -> requests.Response:
    return requests.post(
        f"{stack.base}/console/compose", json=message, timeout=10, headers={"X-Forwarded-For": "1.2.3.4"}
    )  # fmt: skip


def test_the_public_console_speaks_for_nobody_but_its_own(compatible: Stack) -> None:
    onlooker = Onlooker(compatible, account("plain"))
    onlooker.say(VICTIM, ASKED)
    for is_safe in (False, True):
        composed = compose(compatible, follower="oConsole123", text="帮助", safe=is_safe).json()
        query = composed["url"].partition("?")[2]
        forgeries = [forged(VICTIM, ERASE), forged("oConsole123", ERASE)]

        assert codes(onlooker.post(query, one) for one in forgeries) == {403}
        plain_query = re.sub("&(encrypt_type|msg_signature)=[^&]*", "", query)
        assert codes(onlooker.post(plain_query, one) for one in forgeries) == {403}
        answers = [onlooker.post(query, composed["body"].encode()) for _ in range(2)]
        assert codes(iter(answers)) == {200}
    for follower in (VICTIM, "oconsole123", " oConsole1", "o", "oConsol"):
        assert compose(compatible, follower=follower, text="帮助").status_code == 400
    assert "黄芪" in onlooker.say(VICTIM, EXPORT)


def test_there_is_no_console_unless_somebody_asked_for_it(safe: Stack, plain: Stack) -> None:
    paths = ("", "/state", "/static/console.js", "/trace/oConsole1/aa", "/pushed/oConsole1")

    assert {requests.get(f"{safe.base}/console{p}", timeout=5).status_code for p in paths} == {404}
    for call in ("compose", "open", "export", "kill", "swap", "steal"):
        answer = requests.post(f"{safe.base}/console/{call}", json={}, timeout=5)
        assert answer.status_code == 404, call
    assert requests.get(f"{plain.base}/console", timeout=5).status_code == 200
    assert compose(plain, follower="oConsole123", text="帮助").status_code == 403, "by a proxy"


def test_a_text_with_marks_of_cdata_is_answered(safe: Stack, plain: Stack) -> None:
    for stack, mode in ((safe, "safe"), (plain, "plain")):
        known = account(mode)  # type: ignore[arg-type]
        onlooker = Onlooker(stack, known)
        for text in ("黄芪]]>有什么功效", "<![CDATA[黄芪", "当归]]></Content>呢"):
            fields = text_fields(known, "oMarks", "", str(secrets.randbelow(10**15)))
            fields["Content"] = f"<![CDATA[{text}]]>"
            answer = onlooker.post(*known.sign_push(fields))

            assert answer.status_code == 200
            shown = read_reply(known, "oMarks", 200, answer.content, labelled=False)
            assert shown is not None
            # The engine repeats the question in its normal form: Chinese text, Chinese marks.
            assert shown.text.startswith(text.replace("!", "！")), shown.text


def test_one_follower_does_not_push_out_the_complaints_of_others(plain: Stack) -> None:
    onlooker = Onlooker(plain, account("plain"))
    assert onlooker.say("oComplainer", "投诉 回答错了") == texts.FEEDBACK_THANKS
    for number in range(60):
        onlooker.say(STRANGER, f"投诉 第{number}次")

    listed: list[dict[str, Any]] = plain.admin("GET", "feedback")["feedback"]
    mine = [entry for entry in listed if "第" in entry["text"]]

    assert any(entry["text"] == "回答错了" for entry in listed)
    assert 0 < len(mine) <= 20


# --- what would stop the service ---

GARBAGE = [
    b"<xml>" + b"<![CDATA[" * 7200,
    b"<xml>" + b"<a>" * 20_000,
    b"<xml>" + b"<a/>" * 15_000 + b"</xml>",
    b"<xml><Content><![CDATA[" + b"]]>" * 20_000,
    b"<?xml " + b"?" * 60_000,
    b"\xff" * 64_000,
    b"<!DOCTYPE x [<!ENTITY a '" + b"b" * 60_000 + b"'>]><xml>&a;</xml>",
]


def test_garbage_costs_the_service_next_to_nothing(safe: Stack, plain: Stack) -> None:
    """What 200 of the worst bodies take is less than a quarter of what they took each before."""
    for stack, known in ((safe, account("safe")), (plain, account("plain"))):
        onlooker, session = Onlooker(stack, known), requests.Session()
        query, _ = onlooker.push(STRANGER, "当归")
        shapes = [
            query, {"encrypt_type": "aes", "msg_signature": "x"},
            query | {"signature": "0" * 40}, query | {"encrypt_type": "aes", "msg_signature": "0" * 40},
        ]  # fmt: skip
        before = web_seconds(stack)
        refused = set()
        for number in range(200):
            answer = session.post(
                f"{stack.base}/wechat",
                params=shapes[number % len(shapes)],
                data=GARBAGE[number % len(GARBAGE)],
                timeout=20,
            )
            refused.add(answer.status_code)

        assert refused <= {400, 403}
        assert web_seconds(stack) - before < 4.0
        assert onlooker.say(VICTIM, ASKED).startswith(ASKED[:2])
        session.close()


def web_seconds(stack: Stack) -> float:
    """Return the processor time of all web processes so far."""
    import psutil

    master = psutil.Process(stack.web.pid)
    times = [one.cpu_times() for one in (master, *master.children(recursive=True))]
    return sum(time.user + time.system for time in times)


ODD_JSON = {
    "half a surrogate pair": b'{"follower": "oConsoleaaaa", "text": "\\ud800", "token": "\\udc00"}',
    "surrogate name": b'{"\\ud800": 1, "hours": 1, "model": "tcm"}',
    "brackets": b"[" * 60_000,
    "objects": b'{"a":' * 12_000,
    "huge number": b'{"model": "tcm", "timeout_s": 1' + b"0" * 400 + b', "hours": 1' + b"0" * 400 + b"}",
    "figures": b'{"hours": ' + b"9" * 60_000 + b"}",
    "huge float": b'{"model": "tcm", "timeout_s": 1e400, "hours": 1e400}',
    "not a number": b'{"model": "tcm", "timeout_s": NaN, "hours": -Infinity}',
    "broken": b'{"hours": 1',
    "latin": b'{"text": "\xff"}',
    "utf-16": '{"hours": 1}'.encode("utf-16"),
    "turns": b'{"turns": [{"kind": [], "message_id": {}}]}',
}  # fmt: skip
CALLS = [
    "/console/compose", "/console/open", "/console/export", "/console/swap",
    "/console/api/cgi-bin/stable_token", "/admin/reload", "/admin/rollback",
    "/admin/pause", f"/admin/users/{'a' * 24}/suspend", "/admin/workers/x/drain", "/wechat",
]  # fmt: skip


@pytest.mark.parametrize("name", ODD_JSON)
def test_odd_json_is_refused_everywhere_and_faults_nowhere(plain: Stack, name: str) -> None:
    headers = {"Content-Type": "application/json"}
    token = {"Authorization": "Bearer fault-suite-admin-token"}
    # A wrong sign-in counts as a guess, and ten of them shut the whole door for a minute.
    calls = [*CALLS, "/admin/login"] if name in ("brackets", "broken") else CALLS
    for path in calls:
        more = token if path.startswith("/admin") and path != "/admin/login" else {}
        answer = requests.post(
            plain.base + path, data=ODD_JSON[name], headers=headers | more, timeout=30
        )
        least = (
            200 if name == "turns" else 400
        )  # that one is JSON, and some calls have no use for it
        assert least <= answer.status_code < 500, (path, answer.status_code, answer.text[:200])
    requests.post(f"{plain.base}/admin/resume", headers=token, timeout=5)


RAW = [
    b"Origin: http://[\r\n", b"Origin: http://[::1\r\n", b"Origin: \xff\r\n", b"Origin: null\r\n",
    b"Sec-Fetch-Site: \xff\r\n", b"Content-Length: -1\r\n", b"Content-Length: x\r\n",
    b"Content-Length: 99999999999999999999\r\n", b"Cookie: xinglin_admin=\xff\r\n",
    b"Authorization: Bearer \xff\r\n", b"X-Forwarded-For: \xff,,,\r\n", b"Content-Type: \xff\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Content-Type: application/json; charset=utf-7\r\n",
]  # fmt: skip
HOSTS = [b"[", b"[::1", b"127.0.0.1:x", b"127.0.0.1:99999", b"\xff", b"@", b"a b", b""]
QUERIES = [b"", b"%", b"%zz=%ff", b"timestamp=%00&nonce=%ed%a0%80&signature=%ff", b"&&&=", b"a[]=1"]


@pytest.mark.parametrize("path", ["/wechat", "/console/compose", "/admin/login", "/admin/pause"])
def test_odd_headers_hosts_and_queries_fault_nowhere(plain: Stack, path: str) -> None:
    good = b"127.0.0.1"
    heads = [(good, header, b"") for header in RAW]
    heads += [(host, b"", b"") for host in HOSTS] + [(good, b"", query) for query in QUERIES]
    for host, header, query in heads:
        length = b"" if b"Length" in header or b"Transfer" in header else b"Content-Length: 2\r\n"
        kind = b"" if b"Content-Type" in header else b"Content-Type: application/json\r\n"
        where = path.encode() + (b"?" + query if query else b"")
        raw = b"POST " + where + b" HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n"
        raw += header + length + kind + b"\r\n{}"

        status = send_raw(plain, raw)

        assert 400 <= status < 500, (host, header, query, status)


def send_raw(stack: Stack, raw: bytes) -> int:
    with socket.create_connection(("127.0.0.1", stack.ports[0]), timeout=10) as link:
        link.sendall(raw)
        link.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := link.recv(65536):
            answer += chunk
    return int(answer.split(b" ", 2)[1]) if answer else 400


@pytest.mark.faults
def test_honest_followers_are_answered_beside_a_flood_of_garbage(
    safe: Stack, seconds: float, record: Record
) -> None:
    onlooker = Onlooker(safe, account("safe"))
    query, _ = onlooker.push(STRANGER, "当归")
    shapes = [query, {"encrypt_type": "aes", "msg_signature": "0" * 40}, {"signature": "0" * 40}]
    heads = [f"/wechat?{urlencode(shape)}" for shape in shapes]
    ends, counts, times = time.monotonic() + seconds, [0] * 4, list[float]()

    def flood(place: int) -> None:
        link = http.client.HTTPConnection("127.0.0.1", safe.ports[0], timeout=20)
        while time.monotonic() < ends:
            number = counts[place]
            link.request("POST", heads[number % 3], GARBAGE[number % len(GARBAGE)])
            answer = link.getresponse()
            answer.read()
            assert answer.status in (400, 403)
            counts[place] += 1
        link.close()

    def ask(place: int) -> None:
        while time.monotonic() < ends:
            began = time.monotonic()
            said = onlooker.say(f"oHonest{place:05}", ASKED)
            times.append(time.monotonic() - began)
            assert said.startswith(ASKED[:2]), said
            time.sleep(2.5)  # within a follower's rate

    threads = [threading.Thread(target=flood, args=(place,)) for place in range(4)]
    with ThreadPoolExecutor(20) as pool:
        for thread in threads:
            thread.start()
        for one in [pool.submit(ask, place) for place in range(20)]:
            one.result()
    for thread in threads:
        thread.join()
    times.sort()
    p99 = times[int(0.99 * (len(times) - 1))]
    record(
        f"{sum(counts) / seconds:.0f} garbage pushes a second beside 20 followers",
        f"all {len(times)} answered, p50 {times[len(times) // 2]:.2f} s, p99 {p99:.2f} s",
    )

    assert sum(counts) > 20 * seconds
    assert p99 < 4.5
