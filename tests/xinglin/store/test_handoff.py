"""From worker to waiting request: nothing lost, nothing twice, whatever the timing."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.conftest import RealRedis
from xinglin.errors import StoreError
from xinglin.settings import Settings
from xinglin.store import Pending, Reply, Store, keys
from xinglin.store.keys import UserKeys

pytestmark = pytest.mark.redis


def ask(store: Store, openid: str, message_id: str, wait_s: float = 5.0) -> str:
    user = store.user_key(openid)
    store.inbox.accept(user, openid, message_id, "问", wait_s=wait_s)
    return user


def answer(store: Store, user: str, text: str = "答") -> None:
    claim = store.turns.take(user)
    assert claim is not None
    store.turns.commit(claim, Reply(text, True, "m", claim.message_id, claim.openid), None)


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
    assert store.handoff.collect(user) == Pending()
    answer(store, user, "迟到")
    found = store.handoff.collect(user)

    assert isinstance(found, Reply)
    assert found.text == "迟到"
    assert store.handoff.collect(user) is None


def test_a_late_reply_goes_to_the_outbox_when_the_account_may_send(
    settings: Settings, open_store: Callable[..., Store]
) -> None:
    store = open_store(
        replace(settings, wechat_account="service", wechat_app_id="a", wechat_app_secret="s")
    )
    user = ask(store, "o1", "m1")

    store.handoff.wait(user, "m1", 0.05)
    answer(store, user, "迟到")
    parcel = store.outbox.claim(user)

    assert store.outbox.due() == [user]
    assert parcel is not None
    assert (parcel.openid, parcel.text, parcel.interrupted) == ("o1", "迟到", False)
    store.outbox.done(parcel)
    assert store.outbox.due() == []


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
        collected = web.handoff.collect(user)
        assert (passive is None) != (collected is None)
        shown += passive is not None

    assert 0 < shown <= 25


def test_a_reply_whose_waiter_died_is_rerouted(store: Store) -> None:
    user = ask(store, "o1", "m1")
    answer(store, user, "好")
    assert store.turns.reroute() == 0
    store.redis.zadd(keys.UNDELIVERED, {f"{user}|m1": 1})

    assert store.turns.reroute() == 1

    found = store.handoff.collect(user)
    assert isinstance(found, Reply)
    assert found.text == "好"


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


@pytest.fixture
def service(settings: Settings, open_store: Callable[..., Store]) -> Store:
    return open_store(
        replace(settings, wechat_account="service", wechat_app_id="a", wechat_app_secret="s")
    )


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


def test_an_answer_waits_for_the_one_before_it_that_is_just_being_sent(service: Store) -> None:
    user = ask(service, "o1", "m1", wait_s=0)
    answer(service, user, "先")
    parcel = service.outbox.claim(user)
    ask(service, "o1", "m2")
    answer(service, user, "后")
    assert parcel is not None
    sent: list[float] = []
    threading.Timer(
        0.4, lambda: (sent.append(time.monotonic()), service.outbox.done(parcel))
    ).start()

    reply = service.handoff.wait(user, "m2", 5.0)

    assert reply is not None
    assert reply.text == "后"
    assert sent
    assert sent[0] < time.monotonic() < sent[0] + 0.5


def test_an_answer_does_not_wait_long_for_one_whose_sends_fail(service: Store) -> None:
    user = ask(service, "o1", "m1", wait_s=0)
    answer(service, user, "先")
    parcel = service.outbox.claim(user)
    assert parcel is not None
    service.outbox.retry(parcel, 60)
    ask(service, "o1", "m2")
    answer(service, user, "后")

    began = time.monotonic()
    reply = service.handoff.wait(user, "m2", 5.0)

    assert reply is not None
    assert 1.0 < time.monotonic() - began < 3.0


def sent(store: Store, user: str) -> list[str]:
    """Send all that is in the outbox."""
    texts = []
    while (parcel := store.outbox.claim(user)) is not None:
        texts.append(parcel.text)
        store.outbox.done(parcel)
    return texts


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
    while isinstance(reply := own.handoff.collect(user), Reply):
        found.append(reply.text)
    assert found == ["先", "后"]


def test_where_nothing_can_be_sent_an_answer_does_not_wait_for_a_broken_off_request(
    store: Store,
) -> None:
    user = ask(store, "o1", "m1")
    answer(store, user, "先")
    ask(store, "o1", "m2")
    answer(store, user, "后")

    began = time.monotonic()
    reply = store.handoff.wait(user, "m2", 5.0)

    assert reply is not None
    assert 1.0 < time.monotonic() - began < 3.0


def test_an_answer_follows_at_once_when_the_one_before_it_was_shown(store: Store) -> None:
    user = ask(store, "o1", "m1")
    answer(store, user, "先")
    ask(store, "o1", "m2")
    answer(store, user, "后")
    threading.Timer(0.4, store.handoff.delivered, [user, "m1"]).start()

    began = time.monotonic()
    reply = store.handoff.wait(user, "m2", 5.0)

    assert reply is not None
    assert 0.3 < time.monotonic() - began < 1.0


def test_a_retry_may_show_again_what_was_shown(service: Store) -> None:
    user = ask(service, "o1", "m1")
    answer(service, user, "好")

    assert service.handoff.delivered(user, "m1")
    assert service.handoff.delivered(user, "m1")


def test_a_rerouted_answer_takes_along_those_before_it(service: Store) -> None:
    user = ask(service, "o1", "m1")
    answer(service, user, "先")
    ask(service, "o1", "m2")
    answer(service, user, "后")
    service.redis.zadd(keys.UNDELIVERED, {f"{user}|m2": 1})

    assert service.turns.reroute() == 2

    assert sent(service, user) == ["先", "后"]


def test_a_request_waits_for_a_redis_that_comes_back(settings: Settings) -> None:
    server = RealRedis()
    own = replace(settings, redis_url=server.url)
    web, worker = Store.open(own), Store.open(own)
    user = ask(web, "o1", "m1")
    answer(worker, user, "好")
    time.sleep(1.2)  # what the log is synced by
    server.kill()
    threading.Timer(0.8, server.start).start()

    began = time.monotonic()
    reply = web.handoff.wait(user, "m1", 8.0)
    assert reply is not None
    assert reply.text == "好"
    assert 0.5 < time.monotonic() - began < 7.0

    server.kill()
    threading.Timer(0.8, server.start).start()
    assert web.handoff.delivered(user, "m1", 8.0)

    web.close()
    worker.close()
    server.close()


def test_what_redis_comes_to_after_the_answer_left_is_no_note_of_showing(
    settings: Settings,
) -> None:
    server = RealRedis()
    own = replace(settings, redis_url=server.url)
    web, worker = Store.open(own), Store.open(own)
    user = ask(web, "o1", "m1")
    answer(worker, user, "好")
    assert web.handoff.wait(user, "m1", 5.0) is not None

    server.process.send_signal(signal.SIGSTOP)
    with pytest.raises(StoreError):
        web.handoff.delivered(user, "m1", 0.1)
    server.process.send_signal(signal.SIGCONT)

    worker.redis.zadd(keys.UNDELIVERED, {f"{user}|m1": 1}, xx=True)
    assert worker.turns.reroute() == 1
    web.close()
    worker.close()
    server.close()


def test_a_redis_that_stays_away_is_said(settings: Settings) -> None:
    server = RealRedis()
    web = Store.open(replace(settings, redis_url=server.url))
    user = ask(web, "o1", "m1")
    server.kill()

    with pytest.raises(StoreError):
        web.handoff.wait(user, "m1", 0.6)
    with pytest.raises(StoreError):
        web.handoff.delivered(user, "m1", 0.6)

    web.close()
    server.close()


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
    parcel = store.outbox.claim(user)
    assert parcel is not None
    for _ in range(5):
        time.sleep(0.1)
        assert store.outbox.renew(parcel)
        assert store.outbox.claim(user) is None

    time.sleep(0.4)
    again = store.outbox.claim(user)

    assert again is not None
    assert again.interrupted
    assert not store.outbox.renew(parcel)
