"""Honest followers beside a flood of garbage: who of them is answered, and how fast.

    python -m benchmarks.service.flood --seconds 60 --rate 1000

One process writes garbage on kept connections, at a steady rate, and reads what comes back; 20
followers ask as the platform does, in safe mode, each within the rate of one. Everything shares the
machine, so the table says how busy that was.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import multiprocessing
import os
import statistics
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode

from benchmarks.service.followers import TOKEN, settings
from tests.tools.wechat_simulator.api_host import ApiHost
from tests.tools.wechat_simulator.pusher import Pusher
from tests.tools.wechat_simulator.stack import Stack
from tests.tools.wechat_simulator.wire import Account, text_fields

CONNECTIONS, FOLLOWERS, PAUSE_S, DEADLINE_S = 32, 20, 2.5, 4.5
QUESTION = "黄芪有什么功效？"


@dataclass(slots=True)
class Flood:
    """Outcome of the attacker's pushes.

    Attributes:
        answers: status, or the kind of failure, and how often.
        seconds: from the first push to the last.
    """

    answers: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


def garbage(known: Account, host: str) -> list[bytes]:
    """Return requests that a stranger can make who saw one push, ready to be written."""
    query, body = known.sign_push(text_fields(known, "oSeen", QUESTION, "1"))
    seen = urlencode(query)
    bodies = [
        b"<xml>" + b"<![CDATA[" * 200,
        b"\xff" * 2000,
        b"<xml>" + b"<a>" * 500,
        body[:-20],
        b"",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><xml>&a;</xml>",
    ]
    queries = [seen, "encrypt_type=aes&msg_signature=x", seen.replace("signature=", "signature=0")]
    queries += ["", f"timestamp={int(time.time())}&nonce=1&signature={'0' * 40}", "%ff=%00&&&="]
    return [
        f"POST /wechat?{queries[n % len(queries)]} HTTP/1.1\r\nHost: {host}\r\n"
        f"Content-Length: {len(bodies[n // 6 % 6])}\r\n\r\n".encode()
        + bodies[n // 6 % 6]
        for n in range(36)
    ]


async def _one(host: str, requests: list[bytes], rate: float, ends: float, flood: Flood) -> None:
    """Write requests at a rate on one connection, one after another; connect again where closed."""
    link: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    name, port = host.split(":")
    due, number = time.monotonic(), 0
    while due < ends:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        due, number = due + 1 / rate, number + 1
        try:
            link = link or await asyncio.open_connection(name, int(port))
            link[1].write(requests[number % len(requests)])
            status, stays = await asyncio.wait_for(_answer(link[0]), 10)
            flood.answers[status] += 1
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError) as error:
            flood.answers[type(error).__name__] += 1
            stays = False
        if not stays and link is not None:
            link[1].close()
            link = None


async def _answer(reader: asyncio.StreamReader) -> tuple[str, bool]:
    """Read one answer; return its status and whether the connection stays."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    await reader.readexactly(length)
    return head.split(b" ", 2)[1].decode(), b"connection: close" not in head


async def _pour(host: str, requests: list[bytes], rate: float, seconds: float) -> Flood:
    flood, began = Flood(), time.monotonic()
    each = [
        _one(host, requests[n:] + requests[:n], rate / CONNECTIONS, began + seconds, flood)
        for n in range(CONNECTIONS)
    ]
    await asyncio.gather(*each)
    flood.seconds = time.monotonic() - began
    return flood


def pour(host: str, known: Account, rate: float, seconds: float) -> Flood:
    """Flood a service for a time."""
    return asyncio.run(_pour(host, garbage(known, host), rate, seconds))


def ask(pusher: Pusher, place: int, ends: float, seconds: list[float], wrong: list[str]) -> None:
    """Ask again and again as one follower; note how long each answer took, and what was none."""
    number = 0
    time.sleep(PAUSE_S * place / FOLLOWERS)
    while time.monotonic() < ends:
        number += 1
        came = pusher.text(f"oHonest{place:05}", QUESTION, f"{time.time_ns()}{place:03}{number:05}")
        seconds.append(came.seconds)
        if came.shown is None or came.shown.kind != "answer" or came.tries > 1:
            wrong.append(f"{came.shown and came.shown.text[:40]} {came.tries} {came.defects}")
        time.sleep(PAUSE_S)


def run(rate: float, seconds: float) -> bool:
    """Flood the service while followers ask; print what came of it; return whether all was well."""
    api, aes_key = ApiHost(), base64.b64encode(os.urandom(32)).decode().rstrip("=")
    known = Account(TOKEN, "wxbenchmark", aes_key, "safe")
    stack = Stack(settings(api, aes_key), workers=1, wait_s=120)
    times: list[float] = []
    wrong: list[str] = []
    try:
        host = stack.base.removeprefix("http://")
        pusher = Pusher(known, [f"{stack.base}/wechat"])
        ends = time.monotonic() + seconds
        followers = [
            threading.Thread(target=ask, args=(pusher, place, ends, times, wrong))
            for place in range(FOLLOWERS)
        ]
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            poured = pool.apply_async(pour, (host, known, rate, seconds))
            for one in followers:
                one.start()
            for one in followers:
                one.join()
            flood = poured.get(seconds + 60)
    finally:
        stack.close()
        api.close()
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    print(
        f"| {sum(flood.answers.values()) / flood.seconds:.0f} garbage pushes a second for "
        f"{flood.seconds:.0f} s {dict(flood.answers)} | {len(times)} asked by {FOLLOWERS}, "
        f"{len(times) - len(wrong)} answered at the first try, p50 {cuts[49]:.3f} s, "
        f"p95 {cuts[94]:.3f} s, p99 {cuts[98]:.3f} s, most {max(times):.3f} s | "
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores |"
    )
    for line in wrong[:10]:
        print("not answered:", line)
    return not wrong and cuts[98] < DEADLINE_S


def main() -> None:
    """Run it; the exit status says whether every follower was answered in time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=1000.0, help="garbage pushes a second")
    given = parser.parse_args()
    raise SystemExit(0 if run(given.rate, given.seconds) else 1)


if __name__ == "__main__":
    main()
