"""Data about a follower in Redis: for how long, in which form, and none after erasing."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.fernet import Fernet

from tests.xinglin.store.handing import tap
from xinglin.errors import HistoryKeyError, SettingsError, StaleLease
from xinglin.settings import Settings
from xinglin.store import Reply, Store, Turn, keys
from xinglin.store.keys import UserKeys

pytestmark = pytest.mark.redis
OPENID = "oCanaryFollower"
TEXTS = ["金丝雀问题", "金丝雀回答", "金丝雀余页", "金丝雀意见", "金丝雀指令"]
LASTING = {
    "xl:active", "xl:queued", "xl:counters", "xl:id_key", "xl:undelivered", "xl:outbox",
    "xl:history_key", "xl:forgotten", "rq:queues", "rq:queue:turns", "xl:ready",
}  # fmt: skip


def everything(store: Store) -> dict[str, bytes]:
    """Every key with all that it holds, job payloads unpacked."""
    readers: dict[bytes, Callable[[bytes], Any]] = {
        b"string": store.redis.get,
        b"list": lambda key: store.redis.lrange(key, 0, -1),
        b"hash": store.redis.hgetall,
        b"zset": lambda key: store.redis.zrange(key, 0, -1),
        b"set": store.redis.smembers,
    }
    found = {}
    for key in store.redis.scan_iter(count=1000):
        if (kind := store.redis.type(key)) == b"none":
            continue  # it expired meanwhile
        value = readers[kind](key)
        if key.startswith(b"rq:job:"):
            value["data"] = zlib.decompress(value.pop(b"data"))
        found[key.decode()] = key + repr(value).encode() + _flat(value)
    return found


def _flat(value: Any) -> bytes:
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    parts = value if isinstance(value, (list, set)) else [value]
    return b" ".join(p if isinstance(p, bytes) else str(p).encode() for p in parts)


def traces(store: Store, *needles: str) -> set[str]:
    """The keys in which one of the needles stands, escaped or not."""
    forms = [n.encode() for n in needles] + [n.encode("unicode_escape") for n in needles]
    return {key for key, held in everything(store).items() if any(f in held for f in forms)}


def ask(store: Store, number: int, *, wait_s: float = 0.0) -> None:
    store.inbox.accept(
        store.user_key(OPENID), OPENID, f"m{number}", f"{TEXTS[0]}{number}", wait_s=wait_s
    )


def answer(store: Store) -> None:
    claim = store.turns.take(store.user_key(OPENID))
    assert claim is not None
    reply = Reply(TEXTS[1], True, "tcm@1", claim.message_id, claim.openid)
    store.turns.commit(claim, reply, Turn(claim.text, TEXTS[1], 1.0))


def live(store: Store) -> str:
    """Leave every kind of trace that a follower can leave."""
    user = store.user_key(OPENID)
    ask(store, 1, wait_s=5)
    answer(store)  # a waiter: wake list, undelivered
    ask(store, 2)
    answer(store)  # nobody waits: outbox or unread
    ask(store, 3)
    for _ in range(3):  # crashes: attempts
        store.turns.take(user)
        store.redis.delete(UserKeys(user).of("lease"))
    claim = store.turns.take(user)
    assert claim is not None
    store.dead_letters.add(claim)
    store.turns.commit(claim, Reply("抱歉", False, "", claim.message_id, OPENID), None)
    ask(store, 4)  # waits, with a job
    ask(store, 5)
    store.pages.begin(user, "m8", TEXTS[2], generated=True)
    store.feedback.comment(user, TEXTS[3])
    store.idempotency.first(user, "m9")
    store.idempotency.keep(user, "m9", TEXTS[4])
    store.audit.add(what="words_blocked", user=user)
    store.admission.admit(OPENID, proofs=["p"], carried=f"{OPENID}|m1")
    store.rate_limiter.count("commands", keys.alias(user), 20)
    store.turns.take(user)  # under way
    return user


@pytest.fixture(params=["personal", "service"])
def account(request: Any, settings: Settings) -> Settings:
    return replace(
        settings, wechat_account=request.param, wechat_app_id="a", wechat_app_secret="s",
        user_rate="30/minute",
    )  # fmt: skip


def test_after_erasing_no_key_holds_the_openid_its_hash_or_a_text(
    account: Settings, open_store: Callable[..., Store]
) -> None:
    store = open_store(account)
    user = live(store)
    assert len(traces(store, OPENID, user, *TEXTS)) >= 10, "the traces must be there first"
    assert any(key.startswith("rq:job:") for key in traces(store, user))

    store.erase(user)

    assert traces(store, OPENID, user, *TEXTS) == set()
    assert store.redis.llen("rq:queue:turns") == 0
    assert store.stats.snapshot()["waiting"] == 0


def test_erasing_the_one_whose_job_brings_a_worker_leaves_the_others_a_job(store: Store) -> None:
    first, other = store.user_key("oFirst"), store.user_key("oOther")
    store.inbox.accept(first, "oFirst", "m1", "问", wait_s=0)
    store.inbox.accept(other, "oOther", "m1", "问", wait_s=0)

    store.erase(first)

    assert store.redis.llen("rq:queue:turns") == 1
    assert store.turns.ready(5, 0.1) == [other]


def test_erasing_one_follower_leaves_the_others_alone(store: Store) -> None:
    other = store.user_key("oOther")
    store.inbox.accept(other, "oOther", "m1", "别人的问题", wait_s=0)
    store.feedback.comment(other, "别人的意见")
    user = live(store)

    store.erase(user)

    assert store.redis.llen("rq:queue:turns") == 1
    assert [entry["text"] for entry in store.feedback.entries()] == ["别人的意见"]
    claim = store.turns.take(other)
    assert claim is not None
    assert claim.text == "别人的问题"


def test_a_turn_and_a_send_under_way_write_nothing_after_erasing(
    settings: Settings, open_store: Callable[..., Store]
) -> None:
    may_send = replace(settings, wechat_account="service", wechat_app_id="a", wechat_app_secret="s")
    store = open_store(may_send)
    user = store.user_key(OPENID)
    ask(store, 1)
    answer(store)
    outgoing = store.outbox.claim(user)
    ask(store, 2)
    claim = store.turns.take(user)
    assert claim is not None
    assert outgoing is not None

    store.erase(user)

    with pytest.raises(StaleLease):
        store.turns.commit(claim, Reply("答", True, "m", "m2", OPENID), Turn("问", "答", 1.0))
    store.dead_letters.add(claim)
    assert not store.outbox.done(outgoing)
    store.outbox.retry(outgoing, 1.0)
    assert traces(store, OPENID, user, *TEXTS) == set()


def test_everything_about_a_follower_ends_by_itself(
    account: Settings, open_store: Callable[..., Store]
) -> None:
    store = open_store(account)
    live(store)

    lasting = {key for key in everything(store) if store.redis.ttl(key) == -1}

    assert {key for key in lasting if not key.startswith("rq:job:")} <= LASTING


def test_an_inbox_that_expired_unanswered_no_longer_counts_as_waiting(store: Store) -> None:
    user = store.user_key(OPENID)
    ask(store, 1)
    store.redis.delete(UserKeys(user).of("inbox"))  # as its hour passes without a worker

    assert store.turns.take(user) is None
    assert store.stats.snapshot()["waiting"] == 0


def test_old_entries_leave_the_registers(store: Store) -> None:
    for at in (1.0, 2.0):
        store.audit._now = lambda at=at: at
        store.audit.add(what="old")
    store.audit._now = lambda: 1e6
    store.audit._keep_s = 10
    store.audit.add(what="new")

    assert [entry["what"] for entry in store.audit.entries()] == ["new"]


# --- encryption ---


def keyed(settings: Settings, *names: str) -> Settings:
    return replace(settings, history_key=",".join(names))


@pytest.fixture
def old_key() -> str:
    return Fernet.generate_key().decode()


@pytest.fixture
def new_key() -> str:
    return Fernet.generate_key().decode()


def test_with_a_key_no_text_and_no_openid_stands_in_redis_and_all_still_works(
    account: Settings, open_store: Callable[..., Store], old_key: str
) -> None:
    store = open_store(keyed(account, old_key))
    user = live(store)

    assert traces(store, OPENID, *TEXTS) == set()
    assert [turn.user for turn in store.conversation.read(user)] == ["金丝雀问题1", "金丝雀问题2"]
    assert tap(store, user) == TEXTS[2]
    assert store.idempotency.recall(user, "m9") == TEXTS[4]
    assert [entry["text"] for entry in store.feedback.entries()] == [TEXTS[3]]
    if account.can_send:
        outgoing = store.outbox.claim(user)
        assert outgoing is not None
        assert (outgoing.openid, outgoing.text) == (OPENID, TEXTS[1])
    else:
        assert tap(store, user) == TEXTS[1]


def test_a_rerouted_reply_stays_sealed_and_is_opened_at_the_end(
    settings: Settings, open_store: Callable[..., Store], old_key: str
) -> None:
    may_send = replace(settings, wechat_account="service", wechat_app_id="a", wechat_app_secret="s")
    store = open_store(keyed(may_send, old_key))
    user = store.user_key(OPENID)
    ask(store, 1, wait_s=5)
    answer(store)
    store.redis.zadd(keys.UNDELIVERED, {f"{user}|m1": 1})

    assert store.turns.reroute() == 1

    assert traces(store, OPENID, *TEXTS) == set()
    outgoing = store.outbox.claim(user)
    assert outgoing is not None
    assert (outgoing.openid, outgoing.text) == (OPENID, TEXTS[1])


def test_a_key_is_exchanged_without_losing_what_the_old_one_sealed(
    settings: Settings, open_store: Callable[..., Store], old_key: str, new_key: str
) -> None:
    plain, first = open_store(settings), open_store(keyed(settings, old_key, "unbound"))
    ask(plain, 0)
    answer(plain)
    first.verify_history_key()
    ask(first, 1)
    answer(first)
    rotated = open_store(keyed(settings, new_key, old_key, "unbound"))
    rotated.verify_history_key()
    ask(rotated, 2)
    answer(rotated)

    user = rotated.user_key(OPENID)
    assert [t.user for t in rotated.conversation.read(user)] == [f"{TEXTS[0]}{n}" for n in range(3)]
    only_new = open_store(keyed(settings, new_key))
    only_new.verify_history_key()
    with pytest.raises(HistoryKeyError):
        only_new.conversation.read(user)
    with pytest.raises(HistoryKeyError):
        open_store(keyed(settings, old_key)).verify_history_key()


@pytest.mark.parametrize("wrong", ["another", "none at all"])
def test_a_wrong_key_says_so_and_loses_nothing(
    settings: Settings, open_store: Callable[..., Store], old_key: str, new_key: str, wrong: str
) -> None:
    right = open_store(keyed(settings, old_key))
    right.verify_history_key()
    live(right)
    before = everything(right)
    stranger = open_store(keyed(settings, new_key) if wrong == "another" else settings)

    for call in (
        stranger.verify_history_key,
        lambda: stranger.conversation.read(right.user_key(OPENID)),
        stranger.feedback.entries,
    ):
        with pytest.raises(HistoryKeyError, match="XINGLIN_HISTORY_KEY does not open"):
            call()

    assert everything(right) == before


def test_encryption_is_switched_off_with_none_in_front(
    settings: Settings, open_store: Callable[..., Store], old_key: str
) -> None:
    encrypted = open_store(keyed(settings, old_key))
    encrypted.verify_history_key()
    ask(encrypted, 1)
    answer(encrypted)
    leaving = open_store(keyed(settings, "none", old_key))

    leaving.verify_history_key()
    ask(leaving, 2)
    answer(leaving)

    user = leaving.user_key(OPENID)
    assert len(leaving.conversation.read(user)) == 2
    assert UserKeys(user).of("hist") in traces(leaving, f"{TEXTS[0]}2")
    open_store(settings).verify_history_key()


def test_history_keeps_its_turns_when_they_are_sealed(
    settings: Settings, open_store: Callable[..., Store], old_key: str
) -> None:
    kept = []
    for key in ("", old_key):
        store = open_store(replace(settings, history_bytes=384, history_key=key))
        store.erase(store.user_key(OPENID))
        for number in range(12):
            ask(store, number)
            answer(store)
        kept.append(len(store.conversation.read(store.user_key(OPENID))))

    plain, encrypted = kept
    assert plain <= encrypted <= 2 * plain


@pytest.mark.parametrize("value", ["short", "a" * 44, "none,", ",", "none none"])
def test_a_history_key_that_is_none_is_refused_without_showing_it(value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"XINGLIN_HISTORY_KEY": value})

    assert f"is {value!r}" not in str(caught.value)


# --- dead letters ---


def bury_one(store: Store) -> str:
    user = store.user_key(OPENID)
    ask(store, 1)
    claim = store.turns.take(user)
    assert claim is not None
    store.dead_letters.add(claim)
    store.turns.commit(claim, Reply("抱歉", False, "", "m1", OPENID), None)
    return user


def test_a_dead_letter_is_listed_without_its_text_and_can_be_tried_again(store: Store) -> None:
    user = bury_one(store)

    (entry,) = store.dead_letters.entries()
    assert (entry["user"], entry["id"]) == (user, "m1")
    assert TEXTS[0] not in str(entry)
    assert store.dead_letters.requeue(entry["name"]) == "queued"
    claim = store.turns.take(user)

    assert claim is not None
    assert (claim.text, claim.attempt) == (f"{TEXTS[0]}1", 1)
    assert store.dead_letters.entries() == []
    assert store.dead_letters.requeue(entry["name"]) == "text_gone"
    assert store.stats.snapshot()["waiting"] == 1


def test_a_dead_letter_can_be_deleted(store: Store) -> None:
    bury_one(store)
    (entry,) = store.dead_letters.entries()

    assert store.dead_letters.delete(entry["name"])

    assert not store.dead_letters.delete(entry["name"])
    assert traces(store, TEXTS[0]) == set()
