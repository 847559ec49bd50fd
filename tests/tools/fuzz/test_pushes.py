"""The fuzzer of pushes, a short while; `make fuzz` goes on for longer."""

from __future__ import annotations

import random
from collections import Counter

from tests.tools.fuzz.pushes import fuzz, make_push, readers
from xinglin.errors import MessageError, SignatureError


def test_no_push_makes_a_reader_fail_or_wait() -> None:
    number, _ = fuzz(1, times=500)

    assert number == 500


def test_some_pushes_are_opened_in_every_mode_and_most_are_not() -> None:
    opened: Counter[str] = Counter()
    for number in range(600):
        push = make_push(random.Random(f"2 {number}"))
        for reader in readers()[:3]:
            try:
                reader.read(push)
                opened[reader.name] += 1
            except (MessageError, SignatureError):
                pass

    assert opened.keys() == {"plain", "compatible", "safe"}
    assert all(10 < times < 400 for times in opened.values()), opened
