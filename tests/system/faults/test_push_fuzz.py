"""Arbitrary pushes at the real service: none faults, none takes long, and honest ones are answered.

`FUZZ_SEED` begins another run of random pushes; `make faults` runs it for `FAULT_SECONDS`.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter

import requests

from tests.system.faults.conftest import Open, Record
from tests.system.faults.env import account
from tests.tools.fuzz.pushes import Fuzzer
from tests.tools.wechat_simulator.judge import read_reply
from tests.tools.wechat_simulator.wire import text_fields

SEED = int(os.environ.get("FUZZ_SEED", "14"))
LONGEST_S = 2.0  # on a machine that is busy with other things
QUESTION = "黄芪有什么功效？"


def test_arbitrary_pushes_neither_fault_nor_hold_up_the_service(
    open_stack: Open, seconds: float, record: Record
) -> None:
    more = {"XINGLIN_WECHAT_MODE": "compatible", "XINGLIN_REPLY_DEADLINE_S": "0.3"}
    stack = open_stack(more, workers=1)
    fuzzer = Fuzzer(random.Random(SEED), account("safe"), account("plain"))
    session = requests.Session()
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
