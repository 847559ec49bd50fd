"""Turns: accepted once, leased, committed, recovered."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from xinglin.errors import StaleLease, StoreUnavailable
from xinglin.settings import Settings
from xinglin.store import Reply, Store, Turn, keys
from xinglin.store.records import Claim

pytestmark = pytest.mark.redis
OPENID = "oFollower"


def accept(store: Store, number: int, text: str = "问", wait_s: float = 0.0) -> str:
    user = store.user_key(OPENID)
    return store.inbox.accept(user, OPENID, f"m{number}", text, wait_s=wait_s).state


def finish(store: Store, claim: Claim, answer: str = "答") -> None:
    reply = Reply(answer, True, "tcm@1", claim.message_id, claim.openid)
    store.turns.commit(claim, reply, Turn(claim.text, answer, 1.0))


def taken(store: Store) -> Claim:
    claim = store.turns.take(store.user_key(OPENID))
    assert claim is not None
    return claim


def test_a_message_is_taken_in_once_whoever_sees_it_first(open_store: Callable[..., Store]) -> None:
    stores = [open_store() for _ in range(4)]

    with ThreadPoolExecutor(16) as pool:
        states = list(pool.map(lambda i: accept(stores[i % 4], 1), range(32)))

    assert sorted(states) == ["duplicate"] * 31 + ["new"]
    assert stores[0].redis.llen(keys.UserKeys(stores[0].user_key(OPENID)).of("inbox")) == 1


def test_only_the_first_message_of_an_idle_user_rings(store: Store) -> None:
    for number in range(3):
        accept(store, number)

    assert store.redis.llen("rq:queue:turns") == 1


def test_one_job_brings_a_worker_to_all_who_wait(store: Store) -> None:
    users = [store.user_key(f"o{number}") for number in range(20)]
    for number, user in enumerate(users):
        store.inbox.accept(user, f"o{number}", "m", "问", wait_s=0)

    assert store.redis.llen("rq:queue:turns") == 1
    assert store.turns.ready(3, 0.1) == users[:3], "the longest waiting first"
    found = [user for _ in range(3) for user in store.turns.ready(100, 0.1)]
    assert found == users[3:]


def test_who_looks_for_users_waits_for_the_first_one(store: Store) -> None:
    began = time.monotonic()
    assert store.turns.ready(5, 0.2) == []
    assert 0.15 < time.monotonic() - began < 2

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(store.turns.ready, 5, 10.0)
        time.sleep(0.2)
        accept(store, 1)
        assert waiting.result(5) == [store.user_key(OPENID)]


def test_a_lost_job_is_made_up_for_and_none_is_made_twice(store: Store) -> None:
    store.turns.ensure_job()
    assert store.redis.llen("rq:queue:turns") == 0, "nobody waits"
    accept(store, 1)
    store.redis.delete("rq:queue:turns")

    store.turns.ensure_job()
    store.turns.ensure_job()

    assert store.redis.llen("rq:queue:turns") == 1


def test_jobs_are_json_and_hold_nothing_but_the_hashed_user(store: Store) -> None:
    accept(store, 1, "秘密的问题")

    (job,) = store.redis.keys("rq:job:*")
    data = b"".join(store.redis.hgetall(job).values())
    assert "秘密".encode() not in data
    assert OPENID.encode() not in data


def test_messages_are_answered_in_the_order_they_came(store: Store) -> None:
    for number in range(4):
        accept(store, number, f"问{number}")

    order = []
    for _ in range(4):
        claim = taken(store)
        order.append(claim.text)
        finish(store, claim)

    assert order == ["问0", "问1", "问2", "问3"]
    assert [turn.user for turn in store.conversation.read(store.user_key(OPENID))] == order
    assert store.turns.take(store.user_key(OPENID)) is None
    assert store.stats.snapshot()["waiting"] == 0


def test_a_full_inbox_refuses_and_takes_its_mark_back(
    settings: Settings, open_store: Callable[..., Store]
) -> None:
    store = open_store(replace(settings, inbox_limit=2))
    accept(store, 1)
    accept(store, 2)

    refused = accept(store, 3)
    finish(store, taken(store))
    again = accept(store, 3)

    assert (refused, again) == ("user_full", "new")


def test_the_total_is_bounded(settings: Settings, open_store: Callable[..., Store]) -> None:
    store = open_store(replace(settings, queue_limit=3))
    states = [
        store.inbox.accept(store.user_key(f"o{i}"), f"o{i}", "m", "问", wait_s=0).state
        for i in range(5)
    ]

    assert states == ["new"] * 3 + ["total_full"] * 2


def test_two_workers_never_hold_one_user(open_store: Callable[..., Store]) -> None:
    first, second = open_store(), open_store()
    accept(first, 1)

    taken(first)

    assert second.turns.take(first.user_key(OPENID)) is None


def test_a_worker_that_slept_past_its_lease_is_refused(open_store: Callable[..., Store]) -> None:
    slow, quick = open_store(), open_store()
    accept(slow, 1)
    late = taken(slow)
    time.sleep(1.1)

    claim = taken(quick)
    finish(quick, claim, "新")

    assert claim.attempt == 2
    with pytest.raises(StaleLease):
        finish(slow, late, "旧")
    assert not slow.turns.renew(late)
    assert [t.assistant for t in slow.conversation.read(slow.user_key(OPENID))] == ["新"]


def test_a_renewed_lease_lasts(store: Store) -> None:
    accept(store, 1)
    claim = taken(store)

    for _ in range(4):
        time.sleep(0.4)
        assert store.turns.renew(claim)

    assert store.turns.reap() == []
    finish(store, claim)


def test_a_dead_workers_user_is_rung_for_again(store: Store) -> None:
    accept(store, 1)
    taken(store)
    store.redis.delete("rq:queue:turns")
    time.sleep(1.1)

    late = store.turns.reap()

    assert late == [store.user_key(OPENID)]
    assert store.redis.llen("rq:queue:turns") == 1
    assert store.turns.reap() == [], "queued once a lease"


def test_a_released_turn_is_tried_again_after_a_while(store: Store) -> None:
    accept(store, 1)

    store.turns.release(taken(store), 0.3)

    assert store.turns.reap() == []
    time.sleep(0.35)
    assert store.turns.reap() == [store.user_key(OPENID)]
    assert taken(store).attempt == 2


def test_each_crash_counts_as_an_attempt(store: Store) -> None:
    accept(store, 1)

    attempts = []
    for _ in range(4):
        attempts.append(taken(store).attempt)
        store.redis.delete(keys.UserKeys(store.user_key(OPENID)).of("lease"))

    assert attempts == [1, 2, 3, 4]


def test_history_keeps_the_newest_turns_within_its_budget(
    settings: Settings, open_store: Callable[..., Store]
) -> None:
    store = open_store(replace(settings, history_bytes=100))
    for number in range(12):
        accept(store, number, f"问{number}")
        finish(store, taken(store), "答" * 60)

    turns = store.conversation.read(store.user_key(OPENID))

    assert 1 <= len(turns) < 12
    assert [turn.user for turn in turns] == [f"问{n}" for n in range(12 - len(turns), 12)]
    assert 0 < store.redis.ttl(keys.UserKeys(store.user_key(OPENID)).of("hist")) <= 86_400


def test_erase_leaves_no_trace_and_refuses_the_turn_under_way(store: Store) -> None:
    user = store.user_key(OPENID)
    for number in range(3):
        accept(store, number, wait_s=1)
    finish(store, taken(store))
    store.feedback.comment(user, "意见")
    store.pages.begin(user, "m9", "余下", generated=True)
    running = taken(store)

    store.erase(user)

    with pytest.raises(StaleLease):
        finish(store, running)
    left = [key for key in store.redis.keys("*") if user.encode() in key]
    assert left == []
    kept = json.dumps([str(store.redis.lrange(keys.FEEDBACK, 0, -1))])
    assert user not in kept
    assert store.redis.zscore(keys.ACTIVE, user) is None
    assert store.stats.snapshot()["waiting"] == 0


def test_an_absent_redis_is_one_clear_error(open_store: Callable[..., Store]) -> None:
    store = open_store(Settings(redis_url="unix:///nowhere/redis.sock", id_key="k"))

    with pytest.raises(StoreUnavailable, match="Redis is away"):
        accept(store, 1)
