"""The loop of the fuzzers notices what it is there for."""

from __future__ import annotations

import random
import time

import pytest

from tests.tools.fuzz.loop import Reader, feed


def digit(choose: random.Random) -> str:
    return choose.choice("0123456789")


def wait(made: str) -> str:
    began = time.process_time()
    while time.process_time() - began < 0.02:
        pass
    return made


@pytest.mark.parametrize(
    ("reader", "says"),
    [
        (Reader("fails", lambda text: {}[text]), "seed 3, number 0, fails: KeyError"),
        (Reader("other", lambda text: {}[text], refuses=(ValueError,)), "other: KeyError"),
        (Reader("grows", lambda text: text + "x", firm=True), "grows: read again"),
        (Reader("waits", wait), "waits: it took 0.0"),
    ],
)
def test_a_reader_that_fails_waits_or_changes_its_mind_is_noticed(
    reader: Reader[str], says: str
) -> None:
    with pytest.raises(AssertionError, match=says):
        feed(digit, [reader], 3, most_s=0.01, times=1)


def test_what_is_refused_in_words_is_no_finding() -> None:
    refusing = Reader("refuses", lambda text: {}[text], refuses=(KeyError,))

    number, slowest = feed(digit, [refusing], 1, most_s=1.0, times=7)

    assert number == 7
    assert 0 <= slowest < 1
