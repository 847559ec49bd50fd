"""Feeds readers with made inputs for a while: no failure, no long wait, and firm forms.

The seed and a number name each input, so that a finding can be made again.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reader(Generic[T]):
    """Something that reads inputs, and what must hold of what it gives.

    Attributes:
        name: for findings.
        read: takes an input.
        firm: reading what it gave gives the same.
        refuses: the errors by which it may refuse an input; every other one is a finding.
    """

    name: str
    read: Callable[[T], Any]
    firm: bool = False
    refuses: tuple[type[Exception], ...] = ()


def feed(
    make: Callable[[random.Random], T],
    readers: Sequence[Reader[T]],
    seed: int,
    *,
    most_s: float,
    times: int = 0,
    seconds: float = 0.0,
) -> tuple[int, float]:
    """Feed so many inputs, or for so long; return how many and the longest time of a reader.

    Args:
        make: an input from random numbers.
        readers: each reads every input.
        seed: of the random numbers.
        most_s: the most processor time of one reader for one input.
        times: at least so many inputs.
        seconds: at least for so long.

    Raises:
        AssertionError: a reader failed, took long, or its form is not firm; it names the input.
    """
    number, slowest, ends = 0, 0.0, time.monotonic() + seconds
    while number < times or time.monotonic() < ends:
        made = make(random.Random(f"{seed} {number}"))
        for one in readers:
            where = f"seed {seed}, number {number}, {one.name}"
            slowest = max(slowest, _read(one, made, where, most_s))
        number += 1
    return number, slowest


def _read(one: Reader[T], made: T, where: str, most_s: float) -> float:
    began, found = time.process_time(), None
    try:
        found = one.read(made)
    except one.refuses as error:
        str(error).encode()  # what is said of it can be written down
    except Exception as error:
        raise AssertionError(f"{where}: {type(error).__name__}: {error}") from error
    took = time.process_time() - began
    assert took < most_s, f"{where}: it took {took:.2f} s"
    if one.firm:
        assert one.read(found) == found, f"{where}: read again it is another text"
    return took


def run(fuzz: Callable[..., tuple[int, float]], what: str) -> None:
    """Fuzz for as long as the command line says, and say what came of it."""
    parser = argparse.ArgumentParser(description=f"Fuzz whatever reads {what}.")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    args = parser.parse_args()
    number, slowest = fuzz(args.seed, seconds=args.seconds)
    sys.stdout.write(
        f"{number} {what}, seed {args.seed}, slowest reader {slowest:.3f} s: no finding\n"
    )
