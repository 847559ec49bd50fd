"""The fuzzer of accounts, a short while; `make fuzz` goes on for longer."""

from __future__ import annotations

import random

from tests.tools.fuzz.accounts import FILES, NOTES, Owner, fuzz, make_owner, readers
from tests.tools.fuzz.checkpoint import place_for_many
from xinglin.account import Bundle


def test_no_account_makes_a_reader_fail_or_wait() -> None:
    number, _ = fuzz(1, times=150)

    assert number == 150


def test_the_account_that_is_changed_is_whole() -> None:
    whole = Owner(FILES, NOTES, Bundle(FILES, NOTES).pack())

    with place_for_many() as place:
        for reader in readers(place):
            reader.read(whole)


def test_a_seed_and_a_number_name_an_account() -> None:
    one, other = (make_owner(random.Random("1 2")) for _ in range(2))

    assert one == other
