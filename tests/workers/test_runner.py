"""Leases of turns under way: kept, given up, and never those of somebody else's."""

from __future__ import annotations

import threading
import time
from typing import cast

import pytest

from workers.reply import Replier
from workers.runner import TurnRunner
from xinglin.store import Reply, Store
from xinglin.store.keys import UserKeys
from xinglin.store.records import Claim, Turn

pytestmark = pytest.mark.redis


class HeldReplier:
    """Answers a message when it is told to."""

    def __init__(self, *messages: str) -> None:
        self.held = {message: threading.Event() for message in messages}
        self.begun = {message: threading.Event() for message in messages}

    def answer(self, claim: Claim, history: list[Turn]) -> tuple[Reply, Turn | None]:
        self.begun[claim.message_id].set()
        assert self.held[claim.message_id].wait(10)
        return Reply("答", True, "m", claim.message_id, claim.openid), None


def ask(store: Store, *messages: str) -> str:
    user = store.user_key("o1")
    for message in messages:
        store.inbox.accept(user, "o1", message, "问", wait_s=0)
    return user


def until_idle(runner: TurnRunner) -> None:
    deadline = time.monotonic() + 10
    while runner.in_flight:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_turn_that_ends_while_leases_are_renewed_has_lost_none(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = ask(store, "m0", "m1")
    replier = HeldReplier("m0", "m1")
    runner = TurnRunner(store, cast("Replier", replier), places=2, lease_s=2.0)
    runner.admit(user)
    assert replier.begun["m0"].wait(10)
    renew = store.turns.renew

    def slow(claim: Claim) -> bool:
        replier.held["m0"].set()
        assert replier.begun["m1"].wait(10)  # the user's next turn is under way already
        return renew(claim)

    monkeypatch.setattr(store.turns, "renew", slow)
    runner.renew()
    monkeypatch.setattr(store.turns, "renew", renew)

    assert "leases_lost" not in store.stats.snapshot()
    assert runner.in_flight == 1
    before = store.redis.pttl(UserKeys(user).of("lease"))
    time.sleep(0.3)
    runner.renew()
    assert store.redis.pttl(UserKeys(user).of("lease")) > before - 200, "it is not renewed"
    replier.held["m1"].set()
    until_idle(runner)
    runner.drain()


def test_a_lease_that_was_lost_is_counted_once_and_its_commit_refused(store: Store) -> None:
    user = ask(store, "m0")
    replier = HeldReplier("m0")
    runner = TurnRunner(store, cast("Replier", replier), places=2, lease_s=2.0)
    runner.admit(user)
    assert replier.begun["m0"].wait(10)
    store.redis.set(UserKeys(user).of("lease"), "somebody else")

    runner.renew()
    runner.renew()
    replier.held["m0"].set()
    runner.drain()

    deadline = time.monotonic() + 10
    while "commits_refused" not in (counts := store.stats.snapshot()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert counts["leases_lost"] == 1
    assert counts["commits_refused"] == 1
    assert store.redis.llen(UserKeys(user).of("inbox")) == 1, "it stays for the other one"
