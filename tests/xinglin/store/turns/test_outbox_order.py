"""Replies reach a follower in the order in which they were made."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from tests.xinglin.store.handing import answer, ask, sent, tap
from xinglin.store import Reply, Store, keys

pytestmark = pytest.mark.redis


def two_answers(store: Store) -> str:
    """Let one follower ask twice, and answer both; return the follower."""
    user = ask(store, "o1", "m1")
    answer(store, user, "先")
    ask(store, "o1", "m2")
    answer(store, user, "后")
    return user


def test_an_answer_waits_for_the_one_before_it_that_is_just_being_sent(service: Store) -> None:
    user = ask(service, "o1", "m1", wait_s=0)
    answer(service, user, "先")
    outgoing = service.outbox.claim(user)
    ask(service, "o1", "m2")
    answer(service, user, "后")
    assert outgoing is not None
    sent: list[float] = []
    threading.Timer(
        0.4, lambda: (sent.append(time.monotonic()), service.outbox.done(outgoing))
    ).start()

    reply = service.handoff.wait(user, "m2", 5.0)

    assert reply is not None
    assert reply.text == "后"
    assert sent
    assert sent[0] < time.monotonic() < sent[0] + 0.5


def test_an_answer_does_not_wait_long_for_one_whose_sends_fail(service: Store) -> None:
    user = ask(service, "o1", "m1", wait_s=0)
    answer(service, user, "先")
    outgoing = service.outbox.claim(user)
    assert outgoing is not None
    service.outbox.retry(outgoing, 60)
    ask(service, "o1", "m2")
    answer(service, user, "后")

    began = time.monotonic()
    reply = service.handoff.wait(user, "m2", 5.0)

    assert reply is not None
    assert 1.0 < time.monotonic() - began < 3.0


def test_at_its_deadline_an_answer_leaves_behind_the_one_that_is_on_its_way(service: Store) -> None:
    user = ask(service, "o1", "m1", wait_s=0)
    answer(service, user, "先")
    ask(service, "o1", "m2")
    answer(service, user, "后")

    assert service.handoff.wait(user, "m2", 0.5) is None

    assert sent(service, user) == ["先", "后"]
    assert service.turns.reroute() == 0
    assert not service.redis.zcard(keys.UNDELIVERED)


def test_what_a_broken_off_request_never_showed_leaves_first(service: Store) -> None:
    user = ask(service, "o1", "m1")
    answer(service, user, "先")  # handed to a request that is no more
    ask(service, "o1", "m2")
    answer(service, user, "后")

    assert service.handoff.wait(user, "m2", 0.5) is None

    assert not service.handoff.delivered(user, "m1")  # should it live after all
    assert sent(service, user) == ["先", "后"]


@pytest.mark.parametrize("account", ["service", "personal"])
def test_a_late_answer_leaves_behind_what_was_not_shown(
    store: Store, service: Store, account: str
) -> None:
    own = service if account == "service" else store
    user = ask(own, "o1", "m1")
    answer(own, user, "先")
    ask(own, "o1", "m2", wait_s=0)
    answer(own, user, "后")

    if account == "service":
        assert sent(own, user) == ["先", "后"]
        return
    found = []
    while (text := tap(own, user)) is not None:
        found.append(text)
    assert found == ["先", "后"]


def test_where_nothing_can_be_sent_an_answer_does_not_wait_for_a_broken_off_request(
    store: Store,
) -> None:
    user = two_answers(store)

    began = time.monotonic()
    reply = store.handoff.wait(user, "m2", 5.0)

    assert reply is not None
    assert 1.0 < time.monotonic() - began < 3.0


def test_an_answer_follows_at_once_when_the_one_before_it_was_shown(store: Store) -> None:
    user = two_answers(store)
    threading.Timer(0.4, store.handoff.delivered, [user, "m1"]).start()

    began = time.monotonic()
    reply = store.handoff.wait(user, "m2", 5.0)

    assert reply is not None
    assert 0.3 < time.monotonic() - began < 1.0


def test_a_rerouted_answer_takes_along_those_before_it(service: Store) -> None:
    user = two_answers(service)
    service.redis.zadd(keys.UNDELIVERED, {f"{user}|m2": 1})

    assert service.turns.reroute() == 2

    assert sent(service, user) == ["先", "后"]


def test_the_answer_before_is_left_time_to_arrive(store: Store) -> None:
    user = two_answers(store)
    shown: list[float] = []
    threading.Timer(
        0.3, lambda: (shown.append(time.monotonic()), store.handoff.delivered(user, "m1"))
    ).start()

    reply = store.handoff.wait(user, "m2", 5.0)

    assert reply is not None
    assert shown
    assert time.monotonic() - shown[0] > 0.1, "its answer is just being written to its request"


def test_an_answer_that_comes_just_after_the_one_before_it_was_shown_is_left_behind_it(
    open_store: Callable[..., Store],
) -> None:
    one, other, worker = open_store(), open_store(), open_store()  # two web processes
    user = ask(one, "o1", "m1")
    ask(other, "o1", "m2")
    shown: list[float] = []

    def turn() -> None:
        answer(worker, user, "先")
        one.handoff.delivered(user, "m1")
        shown.append(time.monotonic())
        answer(worker, user, "后")

    threading.Timer(0.3, turn).start()
    reply = other.handoff.wait(user, "m2", 5.0)

    assert reply is not None
    assert reply.text == "后"
    assert time.monotonic() - shown[0] > 0.08, "the first is just being written to its request"


def test_who_asks_after_an_answer_was_shown_waits_for_nothing(store: Store) -> None:
    user = ask(store, "o1", "m1")
    answer(store, user, "先")
    store.handoff.delivered(user, "m1")
    ask(store, "o1", "m2")
    answer(store, user, "后")

    began = time.monotonic()
    reply = store.handoff.wait(user, "m2", 5.0)

    assert reply is not None
    assert time.monotonic() - began < 0.09


@pytest.mark.parametrize(
    ("one", "other"), [((100, 5.0), (101, 4.0)), ((100, 5.0), (100, 5.1))], ids=["second", "moment"]
)
def test_messages_taken_in_the_wrong_way_round_get_their_turns_in_the_right_one(
    store: Store, one: tuple[int, float], other: tuple[int, float]
) -> None:
    user = store.user_key("o1")
    for message_id, (sent_s, came_s) in (("later", other), ("earlier", one), ("last", (102, 1.0))):
        store.inbox.accept(
            user, "o1", message_id, "问", wait_s=0, sent_s=sent_s, came_s=came_s
        )  # fmt: skip

    turns = []
    while (claim := store.turns.take(user)) is not None:
        turns.append(claim.message_id)
        store.turns.commit(claim, Reply("答", True, "m", claim.message_id, "o1"), None)

    assert turns == ["earlier", "later", "last"]


def test_a_turn_that_has_begun_stays_the_first(store: Store) -> None:
    user = store.user_key("o1")
    store.inbox.accept(user, "o1", "later", "问", wait_s=0, sent_s=101)
    claim = store.turns.take(user)
    store.inbox.accept(user, "o1", "earlier", "问", wait_s=0, sent_s=100)

    assert claim is not None
    assert store.turns.commit(claim, Reply("答", True, "m", "later", "o1"), None), "there is more"
    second = store.turns.take(user)
    assert second is not None
    assert second.message_id == "earlier"
