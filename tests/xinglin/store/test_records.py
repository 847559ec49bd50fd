"""Records of another version, and damaged ones."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.xinglin.store.handing import answer, ask, sent, tap
from xinglin.errors import UnreadableRecord
from xinglin.settings import Settings
from xinglin.store import Reply, Store, Turn, keys
from xinglin.store.keys import UserKeys
from xinglin.store.records import Ack, WorkerInfo, read_record
from xinglin.store.turns.turns import MAX_ATTEMPTS

pytestmark = pytest.mark.redis
WORKER = WorkerInfo("w", 1, "h", "cpu", "tcm", "1", 0, 0, 1.0)
DAMAGED = [
    b"", b"{", b"[]", b"null", b"3", b"\xff\xfe", b'{"v": 9}', b'{"v": 2, "id": 5}', b"[" * 5000,
    b'{"v": 2, "id": "m1", "openid": null, "text": ["x"]}',
]  # fmt: skip


def newer(raw: bytes) -> str:
    """Return a record as a newer version may write it."""
    return json.dumps(json.loads(raw) | {"v": 2, "mood": {"deep": [1]}, "tone": None})


def upgrade(store: Store) -> int:
    """Give every JSON record in Redis more fields; return how many there were."""
    client, changed = store.redis, 0
    for key in client.keys("xl:*"):
        kind = client.type(key)
        if kind == b"string" and client.get(key)[:1] == b"{":
            client.set(key, newer(client.get(key)), keepttl=True)
            changed += 1
        elif kind == b"list" and (client.lindex(key, 0) or b"")[:1] == b"{":
            for place, raw in enumerate(client.lrange(key, 0, -1)):
                client.lset(key, place, newer(raw))
                changed += 1
        elif kind == b"hash":
            for name, raw in client.hgetall(key).items():
                if raw[:1] == b"{":
                    client.hset(key, name, newer(raw))
                    changed += 1
    return changed


@pytest.fixture
def service(settings: Settings, open_store: Callable[..., Store]) -> Store:
    may_send = {"wechat_account": "service", "wechat_app_id": "a", "wechat_app_secret": "s"}
    return open_store(replace(settings, **may_send))


def test_fields_of_a_newer_version_are_ignored_everywhere(store: Store) -> None:
    user = ask(store, "o1", "m1")
    claim = store.turns.take(user)
    assert claim is not None
    store.turns.commit(claim, Reply("答", True, "m", "m1", "o1"), Turn("问", "答", time.time()))
    store.pages.begin(user, "m0", "余下", generated=True)
    store.feedback.comment(user, "很好")
    store.audit.add(what="pause")
    store.models.heartbeat(WORKER)
    store.models.acknowledge(1, Ack("w", "tcm", "ok"))
    store.models.describe("tcm@1", {"fields": {}})
    ticket, session = store.sessions.open("token")
    assert store.sample()
    ask(store, "o1", "m2")
    store.dead_letters.add(replace(claim, message_id="m2"))

    assert upgrade(store) >= 10

    assert [turn.user for turn in store.conversation.read(user)] == ["问"]
    assert (store.handoff.wait(user, "m1", 1.0) or Reply("", False, "", "")).text == "答"
    assert tap(store, user) == "余下"
    assert store.feedback.entries()[0]["text"] == "很好"
    assert store.audit.entries()[0]["what"] == "pause"
    assert [worker.name for worker in store.models.workers()] == ["w"]
    assert store.models.acks(1) == [Ack("w", "tcm", "ok")]
    assert store.models.card("tcm@1") is not None
    assert store.sessions.find(ticket, "token") == session
    assert len(store.metrics_history.read()) == 1
    assert store.turns.oldest_s() >= 0
    following = store.turns.take(user)
    assert following is not None
    assert (following.message_id, following.text, following.unreadable) == ("m2", "问", "")
    assert len(store.conversation.open(user, following.history_rows)) == 1


def test_a_newer_outbox_is_sent(service: Store) -> None:
    user = ask(service, "o1", "m1", wait_s=0)
    answer(service, user, "迟到")
    upgrade(service)

    assert sent(service, user) == ["迟到"]


@pytest.mark.parametrize("raw", DAMAGED)
def test_a_damaged_message_is_put_aside_after_three_tries_and_the_next_goes_on(
    store: Store, raw: bytes
) -> None:
    user = ask(store, "o1", "m1")
    ask(store, "o1", "m2")
    store.redis.lset(UserKeys(user).of("inbox"), 0, raw)
    assert store.turns.oldest_s() >= 0
    ask(store, "o1", "m3")  # a message that comes in meanwhile

    for attempt in range(1, MAX_ATTEMPTS + 1):
        claim = store.turns.take(user)
        assert claim is not None
        assert (claim.attempt, bool(claim.unreadable)) == (attempt, True)
        store.redis.delete(UserKeys(user).of("lease"))
    claim = store.turns.take(user)
    assert claim is not None
    store.dead_letters.add(claim)
    store.turns.commit(claim, Reply("抱歉", False, "", claim.message_id), None)

    assert [entry["id"] for entry in store.dead_letters.entries()] == [claim.message_id]
    assert store.redis.get(UserKeys(user).of(f"dead:{claim.message_id}")) == raw
    following = store.turns.take(user)
    assert following is not None
    assert (following.message_id, following.unreadable) == ("m2", "")
    assert store.stats.snapshot()["waiting"] == 2


@pytest.mark.parametrize("raw", DAMAGED[1:])
def test_a_damaged_reply_in_the_outbox_does_not_hold_up_the_next(
    service: Store, raw: bytes
) -> None:
    user = ask(service, "o1", "m1", wait_s=0)
    answer(service, user, "一")
    ask(service, "o1", "m2", wait_s=0)
    answer(service, user, "二")
    service.redis.lset(UserKeys(user).of("outbox"), 0, raw)

    for _ in range(MAX_ATTEMPTS):
        assert service.outbox.claim(user) is None
        service.redis.zadd(keys.OUTBOX_DUE, {user: 1})

    assert sent(service, user) == ["二"]
    assert service.stats.snapshot()["records_unreadable"] == 1


@pytest.mark.parametrize("raw", DAMAGED)
def test_other_damaged_records_are_passed_over(store: Store, raw: bytes) -> None:
    user, client = store.user_key("o1"), store.redis
    own = UserKeys(user)
    client.rpush(own.of("hist"), raw, '{"v": 1, "user": "问", "assistant": "答", "at": 1}')
    client.set(own.of("page"), raw)
    client.rpush(own.of("unread"), "m8", "m9")
    client.set(own.of("reply:m8"), raw)
    client.set(
        own.of("reply:m9"), '{"text": "好", "generated": true, "model": "", "message_id": "m9"}'
    )
    for key in (keys.FEEDBACK, keys.AUDIT, keys.DEAD, keys.SAMPLES):
        client.rpush(key, raw, '{"at": 1}', '{"at": 1e300, "user": "u"}', '{"at": NaN}')
    client.hset(keys.WORKERS, "w", raw)
    client.hset(keys.acks(1), "w", raw)
    client.hset(keys.MODEL_WANT, mapping={"gen": raw})
    client.set(keys.model_card("tcm@1"), raw)
    client.set(keys.session("x"), raw)

    assert [turn.user for turn in store.conversation.read(user)] == ["问"]
    assert tap(store, user) == "好"
    assert tap(store, user) is None
    for entries in (store.feedback.entries(), store.audit.entries(), store.dead_letters.entries()):
        assert all("at" in entry for entry in entries)
    assert store.metrics_history.read() == []
    assert (store.models.workers(), store.models.acks(1)) == ([], [])
    assert store.models.want() is None
    assert store.export(user)["turns"]
    assert store.inspect(user)["turns"] == 2
    store.sweep()
    store.sample()


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Turn, {"user": "a", "assistant": "b"}),
        (Turn, {"user": "a", "assistant": "b", "at": "now"}),
        (Reply, {"text": None, "generated": True, "model": "", "message_id": ""}),
        (Reply, {"text": "", "generated": 1, "model": "", "message_id": ""}),
        (Turn, {"user": "a", "assistant": "b", "at": float("nan")}),
        (Turn, {"user": "a", "assistant": "b", "at": 10**400}),
        (Turn, {"user": "a", "assistant": "b", "at": 1e300}),
        (Ack, {"worker": "w", "model": "m", "state": "perhaps"}),
        (Ack, {"worker": "w", "model": "m", "state": []}),
    ],
)
def test_a_field_that_is_missing_or_of_another_type_is_told(
    kind: type[Any], fields: dict[str, object]
) -> None:
    with pytest.raises(UnreadableRecord, match=kind.__name__):
        read_record(kind, json.dumps(fields))


def test_a_turn_of_an_earlier_version_has_no_marks_and_is_read(store: Store) -> None:
    from dataclasses import dataclass

    from xinglin.store.encryption import Encryption
    from xinglin.store.records import Turn, decrypted, dump, encrypted

    @dataclass(frozen=True, slots=True)
    class OldTurn:
        user: str
        assistant: str
        at: float

    key = "a" * 43 + "="
    for encryption in (Encryption(""), Encryption(key)):
        new = Turn("问", "答", 1.0, '["note:x"]')
        kept = dump(encrypted(new, encryption, "u"))
        assert decrypted(read_record(Turn, kept), encryption, "u") == new
        assert ("note:x" in kept) == (encryption is not None and not encryption._seals)

        seen = read_record(OldTurn, kept)  # what 0.1.0 makes of it
        old = json.dumps({"v": 1, "user": seen.user, "assistant": seen.assistant, "at": 1.0})
        assert decrypted(read_record(Turn, old), encryption, "u") == Turn("问", "答", 1.0, "")
