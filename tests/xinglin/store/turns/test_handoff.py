"""From worker to waiting request: nothing lost, nothing twice, whatever the timing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest

from tests.xinglin.store.handing import answer, ask, tap
from xinglin.settings import Settings
from xinglin.store import Store, keys
from xinglin.store.keys import UserKeys

pytestmark = pytest.mark.redis


def test_a_waiting_request_is_woken_at_once(open_store: Callable[..., Store]) -> None:
    web, worker = open_store(), open_store()
    user = ask(web, "o1", "m1")
    threading.Timer(0.3, answer, [worker, user, "好"]).start()

    began = time.monotonic()
    reply = web.handoff.wait(user, "m1", 5.0)

    assert reply is not None
    assert reply.text == "好"
    assert time.monotonic() - began < 0.9


def test_a_retry_gets_the_same_reply_long_after(store: Store) -> None:
    user = ask(store, "o1", "m1")
    answer(store, user, "好")

    first = store.handoff.wait(user, "m1", 1.0)
    store.handoff.delivered(user, "m1")
    again = store.handoff.wait(user, "m1", 1.0)

    assert first == again


def test_a_hundred_requests_wait_on_one_connection(open_store: Callable[..., Store]) -> None:
    web, worker = open_store(), open_store()
    users = [ask(web, f"o{i}", "m") for i in range(100)]

    with ThreadPoolExecutor(100) as pool:
        waits = [pool.submit(web.handoff.wait, user, "m", 5.0) for user in users]
        for user in users:
            answer(worker, user, user)
        replies = [wait.result() for wait in waits]

    assert [reply.text for reply in replies if reply] == users


def test_a_late_reply_is_kept_for_the_tap(store: Store) -> None:
    user = ask(store, "o1", "m1")

    assert store.handoff.wait(user, "m1", 0.05) is None
    assert tap(store, user) == "..."
    answer(store, user, "迟到")

    assert tap(store, user) == "迟到"
    assert tap(store, user) is None


def test_a_late_reply_goes_to_the_outbox_when_the_account_may_send(
    settings: Settings, open_store: Callable[..., Store]
) -> None:
    store = open_store(
        replace(settings, wechat_account="service", wechat_app_id="a", wechat_app_secret="s")
    )
    user = ask(store, "o1", "m1")

    store.handoff.wait(user, "m1", 0.05)
    answer(store, user, "迟到")
    outgoing = store.outbox.claim(user)

    assert tap(store, user) == "...", "it is on its way"
    assert store.outbox.due() == [user]
    assert outgoing is not None
    assert (outgoing.openid, outgoing.text, outgoing.interrupted) == ("o1", "迟到", False)
    store.outbox.done(outgoing)
    assert store.outbox.due() == []
    assert tap(store, user) is None


@pytest.mark.parametrize("seed", range(4))
def test_reply_and_deadline_at_the_same_moment_deliver_exactly_once(
    open_store: Callable[..., Store], seed: int
) -> None:
    web, worker = open_store(), open_store()
    shown = 0
    for number in range(25):
        user = ask(web, f"o{seed}.{number}", "m")
        with ThreadPoolExecutor(2) as pool:
            waiting = pool.submit(web.handoff.wait, user, "m", 0.004 * (number % 5))
            pool.submit(answer, worker, user).result()
            passive = waiting.result()
        if passive is not None:
            web.handoff.delivered(user, "m")
        collected = tap(web, user)
        assert (passive is None) != (collected is None)
        shown += passive is not None

    assert 0 < shown <= 25


def test_a_reply_whose_waiter_died_is_rerouted(store: Store) -> None:
    user = ask(store, "o1", "m1")
    answer(store, user, "好")
    assert store.turns.reroute() == 0
    store.redis.zadd(keys.UNDELIVERED, {f"{user}|m1": 1})

    assert store.turns.reroute() == 1

    assert tap(store, user) == "好"


def test_an_interrupted_send_is_known_as_such(
    settings: Settings, open_store: Callable[..., Store]
) -> None:
    store = open_store(
        replace(settings, wechat_account="service", wechat_app_id="a", wechat_app_secret="s")
    )
    user = ask(store, "o1", "m1", wait_s=0)
    answer(store, user)
    first = store.outbox.claim(user)
    assert store.outbox.claim(user) is None
    store.redis.delete(UserKeys(user).of("sendlock"))

    second = store.outbox.claim(user)

    assert first is not None
    assert second is not None
    assert (first.interrupted, second.interrupted) == (False, True)


def test_a_retry_does_not_repeat_what_leaves_as_a_customer_service_message(service: Store) -> None:
    user = ask(service, "o1", "m1", wait_s=0)
    answer(service, user, "迟到")

    began = time.monotonic()
    retried = service.inbox.accept(user, "o1", "m1", "问", wait_s=5)
    reply = service.handoff.wait(user, "m1", 5.0)

    assert retried.state == "duplicate"
    assert reply is None
    assert time.monotonic() - began < 1.0  # nothing will come, so nobody waits for it
    assert service.outbox.due() == [user]


def test_a_retry_may_show_again_what_was_shown(service: Store) -> None:
    user = ask(service, "o1", "m1")
    answer(service, user, "好")

    assert service.handoff.delivered(user, "m1")
    assert service.handoff.delivered(user, "m1")


def test_a_tap_needs_no_knowledge_of_redis_clock(store: Store) -> None:
    user = ask(store, "o1", "m1", wait_s=0)
    answer(store, user, "好")
    assert store.handoff.wait(user, "m1", 1.0) is not None
    store.handoff._ahead_s -= 100.0

    assert tap(store, user) == "好"
    assert store.handoff.delivered(user, "m1")


def test_a_send_under_way_keeps_its_claim_as_long_as_it_is_renewed(
    settings: Settings, open_store: Callable[..., Store]
) -> None:
    store = open_store(
        replace(
            settings,
            wechat_account="service",
            wechat_app_id="a",
            wechat_app_secret="s",
            lease_s=0.3,
        )
    )
    user = ask(store, "o1", "m1", wait_s=0)
    answer(store, user)
    outgoing = store.outbox.claim(user)
    assert outgoing is not None
    for _ in range(5):
        time.sleep(0.1)
        assert store.outbox.renew(outgoing)
        assert store.outbox.claim(user) is None

    time.sleep(0.4)
    again = store.outbox.claim(user)

    assert again is not None
    assert again.interrupted
    assert not store.outbox.renew(outgoing)


def test_a_reply_that_comes_between_taking_in_and_waiting_is_not_missed(store: Store) -> None:
    user = store.user_key("o1")
    with store.handoff.expecting(user, "m1") as expected:
        store.inbox.accept(user, "o1", "m1", "问", wait_s=5)
        answer(store, user, "早来的")
        time.sleep(0.3)  # its wake has been read by now

        began = time.monotonic()
        reply = store.handoff.wait(user, "m1", 5.0, expected, new=True)

    assert reply is not None
    assert reply.text == "早来的"
    assert time.monotonic() - began < 0.5, "it was woken, and did not poll"
    assert store.handoff._waiting == {}


def test_who_expects_and_is_refused_leaves_nothing_behind(store: Store) -> None:
    user = store.user_key("o1")
    with suppress(ValueError), store.handoff.expecting(user, "m1"):
        raise ValueError

    assert store.handoff._waiting == {}


def test_a_retry_that_expected_gets_the_reply_at_its_deadline_too(store: Store) -> None:
    user = store.user_key("o1")
    store.inbox.accept(user, "o1", "m1", "问", wait_s=5)
    with store.handoff.expecting(user, "m1") as expected:
        assert store.inbox.accept(user, "o1", "m1", "问", wait_s=5).state == "duplicate"
        answer(store, user, "答")

        reply = store.handoff.wait(user, "m1", 0.0, expected)

    assert reply is not None
    assert reply.text == "答"
