"""The fuzzer of texts, a short while; `make fuzz` goes on for longer."""

from __future__ import annotations

import random

import pytest

from tests.tools.fuzz import texts
from tests.tools.fuzz.texts import Reader, fuzz, make_text


def test_no_text_makes_a_reader_fail_or_wait() -> None:
    number, _ = fuzz(1, times=150)

    assert number == 150


@pytest.mark.parametrize(
    ("reader", "says"),
    [
        (Reader("fails", lambda text: {}[text]), "seed 3, number 0, fails: KeyError"),
        (Reader("grows", lambda text: text + "x", firm=True), "read again"),
    ],
)
def test_a_reader_that_fails_is_noticed(
    reader: Reader, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "readers", lambda: [reader])

    with pytest.raises(AssertionError, match=says):
        fuzz(3, times=1)


def test_a_seed_and_a_number_name_a_text() -> None:
    assert make_text(random.Random("1 2")) == make_text(random.Random("1 2"))
