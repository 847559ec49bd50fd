"""The fuzzer of texts, a short while; `make fuzz` goes on for longer."""

from __future__ import annotations

import random

from tests.tools.fuzz.texts import fuzz, make_text


def test_no_text_makes_a_reader_fail_or_wait() -> None:
    number, _ = fuzz(1, times=150)

    assert number == 150


def test_a_seed_and_a_number_name_a_text() -> None:
    assert make_text(random.Random("1 2")) == make_text(random.Random("1 2"))
