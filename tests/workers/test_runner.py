"""Leases of turns under way: kept, given up, and never those of somebody else's."""

from __future__ import annotations

import threading
import time
from typing import cast

import pytest

from tests import shipped as texts
from tests.conftest import RealRedis
from tests.shipped import SERVING
from workers.reply import Replier
from workers.runner import TurnRunner
from xinglin.settings import Settings
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
    runner = TurnRunner(store, cast("Replier", replier), SERVING, max_in_flight=2, lease_s=2.0)
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
    runner = TurnRunner(store, cast("Replier", replier), SERVING, max_in_flight=2, lease_s=2.0)
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


class EchoReplier:
    """Answers at once, and counts how many it answers at a time."""

    def __init__(self, takes_s: float = 0.0) -> None:
        self.takes_s, self.at_once, self.most = takes_s, 0, 0
        self._lock = threading.Lock()

    def answer(self, claim: Claim, history: list[Turn]) -> tuple[Reply, Turn | None]:
        with self._lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        time.sleep(self.takes_s)
        with self._lock:
            self.at_once -= 1
        return Reply("答", True, "m", claim.message_id, claim.openid), None


def crowd(store: Store, count: int) -> None:
    for number in range(count):
        store.inbox.accept(store.user_key(f"o{number}"), f"o{number}", "m", "问", wait_s=0)


def test_one_look_answers_all_who_wait_and_no_more_at_a_time_than_there_are_places(
    store: Store,
) -> None:
    crowd(store, 40)
    replier = EchoReplier(0.01)
    runner = TurnRunner(store, cast("Replier", replier), SERVING, max_in_flight=4, lease_s=2.0)

    runner.drain_ready()
    until_idle(runner)

    counts = store.stats.snapshot()
    assert (counts["turns"], counts["waiting"]) == (40, 0)
    assert 2 <= replier.most <= 4
    runner.drain()


# A look waits so long for the next user that a busy machine makes no difference.
PATIENT = {"linger_s": 1.5, "drain_s": 30.0}


def test_who_comes_while_a_worker_looks_needs_no_job(store: Store) -> None:
    runner = TurnRunner(
        store, cast("Replier", EchoReplier()), SERVING, max_in_flight=4, lease_s=2.0, **PATIENT
    )
    looking = threading.Thread(target=runner.drain_ready)
    looking.start()
    for number in range(5):
        openid = f"oLate{number}"
        store.redis.lpush("rq:queue:turns", "some job that waits")
        store.inbox.accept(store.user_key(openid), openid, "m", "问", wait_s=0)
        time.sleep(0.03)
    looking.join(10)
    until_idle(runner)

    assert store.stats.snapshot()["turns"] == 5
    assert store.redis.keys("rq:job:*") == []
    runner.drain()


def test_a_look_ends_in_time_and_leaves_the_rest_to_another_worker(store: Store) -> None:
    crowd(store, 6)
    store.redis.delete("rq:queue:turns")
    replier = HeldReplier("m")
    runner = TurnRunner(store, cast("Replier", replier), SERVING, max_in_flight=2, lease_s=5.0)

    began = time.monotonic()
    runner.drain_ready()

    assert 0.9 < time.monotonic() - began < 3
    assert store.redis.llen("rq:queue:turns") == 1, "a job for the four that wait"
    assert store.redis.llen("xl:ready") == 4
    replier.held["m"].set()
    until_idle(runner)
    runner.drain()


def test_who_was_just_found_by_a_worker_that_ends_is_left_to_another(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd(store, 2)
    store.redis.delete("rq:queue:turns")
    runner = TurnRunner(
        store, cast("Replier", EchoReplier()), SERVING, max_in_flight=4, lease_s=2.0
    )
    ready = store.turns.ready

    def ending(most: int, wait_s: float) -> list[str]:
        found = ready(most, wait_s)
        runner.drain(0.0)
        return found

    monkeypatch.setattr(store.turns, "ready", ending)
    runner.drain_ready()

    assert store.redis.llen("rq:queue:turns") == 1
    assert sorted(ready(5, 0.1)) == sorted(store.user_key(f"o{number}") for number in range(2))


def test_a_worker_that_ends_leaves_a_followers_next_message_to_another(store: Store) -> None:
    user = ask(store, "m0", "m1")
    store.redis.delete("rq:queue:turns", "xl:ready")
    replier = HeldReplier("m0", "m1")
    runner = TurnRunner(store, cast("Replier", replier), SERVING, max_in_flight=2, lease_s=2.0)
    runner.admit(user)
    assert replier.begun["m0"].wait(10)
    ending = threading.Thread(target=runner.drain)
    ending.start()
    time.sleep(0.2)
    replier.held["m0"].set()
    ending.join(10)

    deadline = time.monotonic() + 5
    while store.redis.llen("rq:queue:turns") == 0:
        assert time.monotonic() < deadline, "nobody was queued"
        time.sleep(0.01)
    assert not replier.begun["m1"].is_set()
    assert store.turns.ready(5, 0.1) == [user]


def test_a_look_outlasts_a_redis_that_dies_and_comes_back() -> None:
    server = RealRedis()
    store = Store.open(Settings(redis_url=server.url))
    runner = TurnRunner(
        store, cast("Replier", EchoReplier()), SERVING, max_in_flight=2, lease_s=2.0, **PATIENT
    )
    looking = threading.Thread(target=runner.drain_ready)
    try:
        crowd(store, 1)
        looking.start()
        until_counted(store, 1)
        server.kill()
        time.sleep(1.0)
        assert looking.is_alive(), "RQ would end the process if it went on without Redis"
        server.start()
        looking.join(10)
        assert not looking.is_alive()
        crowd(store, 3)
        runner.drain_ready()
        until_counted(store, 3)
    finally:
        runner.drain()
        store.close()
        server.close()


def until_counted(store: Store, turns: int) -> None:
    deadline = time.monotonic() + 10
    while store.stats.snapshot().get("turns", 0) < turns:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_message_that_cannot_be_read_gives_way_to_the_next(store: Store) -> None:
    user = ask(store, "m0", "m1")
    store.redis.lset(UserKeys(user).of("inbox"), 0, '{"v": 9, "id": "m0", "body": 1}')
    runner = TurnRunner(
        store, cast("Replier", EchoReplier()), SERVING, max_in_flight=2, lease_s=1.0
    )

    deadline = time.monotonic() + 15
    while store.redis.llen(UserKeys(user).of("inbox")):
        assert time.monotonic() < deadline
        runner.admit(user)
        time.sleep(0.1)
    runner.drain()

    assert [entry["id"] for entry in store.dead_letters.entries()] == ["m0"]
    assert store.stats.snapshot()["records_unreadable"] == 1
    assert store.continuation.look(user, "t").text == texts.POISON
    assert (store.handoff.wait(user, "m1", 1.0) or Reply("", False, "", "")).text == "答"


class ToldReplier:
    """Answers with what a test says about each message."""

    def __init__(self, **by: str) -> None:
        self.by = by

    def answer(self, claim: Claim, history: list[Turn]) -> tuple[Reply, Turn | None]:
        turn = Turn(claim.text, "答", 1_900_000_000.0 + len(history), by=self.by[claim.message_id])
        return Reply("答", True, "m", claim.message_id, claim.openid), turn


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [
        ("offered", "note", []),
        ("offered", "nothing", ["nothing", "offered"]),
        ("nothing", "note", ["nothing"]),
        ("note", "cell", []),
    ],
)
def test_a_question_that_topics_were_offered_to_is_settled_by_the_next_answer(
    store: Store, first: str, second: str, left: list[str]
) -> None:
    user = ask(store, "m0", "m1")
    replier = ToldReplier(m0=first, m1=second)
    runner = TurnRunner(store, cast("Replier", replier), SERVING, max_in_flight=2, lease_s=4.0)

    runner.admit(user)
    until_counted(store, 2)
    until_idle(runner)

    assert [one["by"] for one in store.questions.entries()] == left
    runner.drain()
