"""Garbage, odd JSON and odd headers, more of it than can be read, do not stop the service."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
import requests

from tests.system.faults.conftest import Record
from tests.system.faults.env import account
from tests.system.faults.onlooker import ASKED, STRANGER, VICTIM, Onlooker
from tests.tools.wechat_simulator.stack import Stack

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
    """200 of the worst bodies take less than a quarter of what each took before."""
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
