"""A text opens at the place that it was sealed for, and at no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from xinglin.errors import HistoryKeyError, StoreError, UnboundError
from xinglin.settings import Settings
from xinglin.store import Reply, Store, Turn, keys
from xinglin.store.encryption import Encryption, place
from xinglin.store.keys import UserKeys

KEY, OTHER = Fernet.generate_key().decode(), Fernet.generate_key().decode()
HERE = place("answer", "a" * 24, "m1")
ALICE, MALLORY = "oAlice", "oMallory"


@given(st.text(), st.text(max_size=20))
def test_a_text_comes_back_from_its_place_alone(text: str, where: str) -> None:
    encryption = Encryption(KEY)
    kept = encryption.encrypt(text, where)

    assert encryption.decrypt(kept, where) == text.encode("utf-8", "replace").decode()
    with pytest.raises(UnboundError):
        encryption.decrypt(kept, where + "x")
    assert encryption.encrypt(text, where) != kept


@pytest.mark.parametrize(
    "elsewhere",
    [
        place("answer", "b" * 24, "m1"),
        place("answer", "a" * 24, "m2"),
        place("question", "a" * 24, "m1"),
        place("answer", "a" * 24),
    ],
)
def test_another_follower_message_or_kind_is_another_place(elsewhere: str) -> None:
    with pytest.raises(UnboundError):
        Encryption(KEY).decrypt(Encryption(KEY).encrypt("秘密", HERE), elsewhere)


def test_every_changed_character_is_noticed() -> None:
    encryption = Encryption(KEY)
    kept = encryption.encrypt("秘密", HERE)

    for at in range(1, len(kept)):
        for letter in "A_2.\x01":
            changed = kept[:at] + letter + kept[at + 1 :]
            if changed == kept:
                continue
            try:
                assert encryption.decrypt(changed, HERE) == "秘密", (
                    "only base64 of the same bytes opens"
                )
            except HistoryKeyError:
                pass


@pytest.mark.parametrize("kept", ["", "平文", "2.ab.cd", "\x02x", "gAAAAAB"])
def test_with_a_key_what_is_not_sealed_is_refused(kept: str) -> None:
    with pytest.raises(UnboundError):
        Encryption(KEY).decrypt(kept, HERE)
    assert Encryption(f"{KEY},unbound").decrypt(kept, HERE) == kept
    assert Encryption(f"none,{KEY}").decrypt(kept, HERE) == kept
    assert Encryption("").decrypt(kept, HERE) == kept


@pytest.mark.parametrize("kept", ["\x01", "\x01x", "\x012.", "\x012.x", "\x012.00000000.AA=="])
def test_what_only_looks_sealed_is_refused(kept: str) -> None:
    for setting in (KEY, f"{KEY},unbound", f"none,{KEY}"):
        with pytest.raises(HistoryKeyError):
            Encryption(setting).decrypt(kept, HERE)


def test_what_the_first_version_sealed_is_read_only_when_told_so() -> None:
    old = "\x01" + Fernet(KEY).encrypt("旧".encode()).decode()

    with pytest.raises(UnboundError):
        Encryption(KEY).decrypt(old, HERE)
    for setting in (f"{KEY},unbound", f"{OTHER},{KEY},unbound", f"none,{KEY}"):
        assert Encryption(setting).decrypt(old, HERE) == "旧"
    with pytest.raises(HistoryKeyError):
        Encryption(f"{OTHER},unbound").decrypt(old, HERE)


def test_a_key_that_is_not_here_is_told_from_a_text_that_was_moved() -> None:
    kept = Encryption(KEY).encrypt("秘密", HERE)

    for setting in (OTHER, f"{OTHER},unbound", "", "none"):
        with pytest.raises(HistoryKeyError) as caught:
            Encryption(setting).decrypt(kept, HERE)
        assert not isinstance(caught.value, UnboundError)
    assert Encryption(f"{OTHER},{KEY}").decrypt(kept, HERE) == "秘密"
    assert KEY not in kept


# --- in the store: texts that somebody with write access to Redis moved ---

pytest_redis = pytest.mark.redis


@pytest.fixture
def encrypted(settings: Settings, open_store: Callable[..., Store]) -> Store:
    return open_store(replace(settings, history_key=KEY))


def answered(store: Store, openid: str, text: str, message_id: str, *, wait_s: float = 0) -> str:
    """Ask and answer; returns the user."""
    user = store.user_key(openid)
    store.inbox.accept(user, openid, message_id, text, wait_s=wait_s)
    claim = store.turns.take(user)
    assert claim is not None
    reply = Reply(f"答{text}", True, "m", message_id, openid)
    store.turns.commit(claim, reply, Turn(text, reply.text, 1.0))
    return user


@pytest_redis
def test_turns_copied_to_another_follower_are_not_shown(encrypted: Store) -> None:
    alice = answered(encrypted, ALICE, "我怀孕了", "m1")
    mallory = answered(encrypted, MALLORY, "黄芪", "m2")
    for row in encrypted.redis.lrange(UserKeys(alice).of("hist"), 0, -1):
        encrypted.redis.rpush(UserKeys(mallory).of("hist"), row)
    plain = {"v": 1, "user": "伪造", "assistant": "伪造的回答", "at": 2.0}
    encrypted.redis.rpush(UserKeys(mallory).of("hist"), json.dumps(plain, ensure_ascii=False))

    assert [turn.user for turn in encrypted.conversation.read(mallory)] == ["黄芪"]
    assert [turn["user"] for turn in encrypted.export(mallory)["turns"]] == ["黄芪"]
    assert [turn.user for turn in encrypted.conversation.read(alice)] == ["我怀孕了"]


@pytest_redis
def test_a_reply_copied_to_another_follower_is_not_delivered(encrypted: Store) -> None:
    alice = answered(encrypted, ALICE, "我怀孕了", "m1", wait_s=5)
    mallory = answered(encrypted, MALLORY, "黄芪", "m2", wait_s=5)
    stolen = encrypted.redis.get(UserKeys(alice).of("reply:m1"))
    for name in ("m1", "m2"):
        encrypted.redis.set(UserKeys(mallory).of(f"reply:{name}"), stolen)
        with pytest.raises(UnboundError):
            encrypted.handoff.wait(mallory, name, 0.2)
    reply = encrypted.handoff.wait(alice, "m1", 0.2)

    assert reply is not None
    assert reply.text == "答我怀孕了"


@pytest_redis
def test_a_question_put_into_another_followers_inbox_is_not_answered(encrypted: Store) -> None:
    alice, mallory = encrypted.user_key(ALICE), encrypted.user_key(MALLORY)
    encrypted.inbox.accept(alice, ALICE, "m1", "我怀孕了", wait_s=0)
    record = encrypted.redis.lindex(UserKeys(alice).of("inbox"), 0)
    encrypted.redis.rpush(UserKeys(mallory).of("inbox"), record)

    moved = encrypted.turns.take(mallory)
    claim = encrypted.turns.take(alice)

    assert moved is not None
    assert moved.unreadable
    assert (moved.openid, moved.text) == ("", "")

    assert claim is not None
    assert (claim.openid, claim.text) == (ALICE, "我怀孕了")


@pytest_redis
def test_what_waits_to_be_sent_goes_to_nobody_else(
    settings: Settings, open_store: Callable[..., Store]
) -> None:
    may_send = replace(
        settings, wechat_account="service", wechat_app_id="a", wechat_app_secret="s",
        history_key=KEY,
    )  # fmt: skip
    store = open_store(may_send)
    alice = answered(store, ALICE, "我怀孕了", "m1")
    mallory = answered(store, MALLORY, "黄芪", "m2")
    theirs, hers = (
        json.loads(store.redis.lindex(UserKeys(one).of("outbox"), 0)) for one in (mallory, alice)
    )
    mixed = [hers, theirs | {"text": hers["text"]}, hers | {"openid": theirs["openid"]}]
    for forged in mixed:
        store.redis.lset(UserKeys(mallory).of("outbox"), 0, json.dumps(forged))
        store.redis.rpush(UserKeys(mallory).of("outbox"), json.dumps(theirs))
        assert store.outbox.claim(mallory) is None
        store.redis.delete(UserKeys(mallory).of("sendlock"))

    outgoing = store.outbox.claim(mallory)
    assert outgoing is not None, "the forged ones are gone, and hold up nobody"
    assert (outgoing.openid, outgoing.text) == (MALLORY, "答黄芪")


@pytest_redis
@pytest.mark.parametrize(
    ("name", "keep", "read"),
    [
        ("once:m1", lambda s, u: s.idempotency.keep(u, "m1", "秘密"), lambda s, u: s.idempotency.recall(u, "m1")),
        ("trace:m1", lambda s, u: s.traces.keep(u, "m1", "秘密"),
         lambda s, u: s.traces.read(u, "m1")),
        ("tries:m1", lambda s, u: s.traces.tried(u, "m1", "秘密"),
         lambda s, u: s.traces.tries(u, "m1")),
    ],
)  # fmt: skip
def test_nothing_else_that_is_kept_can_be_moved(
    encrypted: Store, name: str, keep: Callable[..., Any], read: Callable[..., Any]
) -> None:
    alice, mallory = encrypted.user_key(ALICE), encrypted.user_key(MALLORY)
    keep(encrypted, alice)
    encrypted.redis.copy(UserKeys(alice).of(name), UserKeys(mallory).of(name))

    with pytest.raises(UnboundError):
        read(encrypted, mallory)
    assert "秘密" in str(read(encrypted, alice))


@pytest_redis
def test_the_rest_of_a_reply_is_shown_to_nobody_else(encrypted: Store) -> None:
    alice, mallory = encrypted.user_key(ALICE), encrypted.user_key(MALLORY)
    encrypted.pages.begin(alice, "m1", "秘密", generated=True)
    encrypted.redis.copy(UserKeys(alice).of("page"), UserKeys(mallory).of("page"))

    assert encrypted.continuation.look(mallory, "m2").kind == "nothing"
    assert encrypted.continuation.look(alice, "m2").text == "秘密"


@pytest_redis
def test_a_complaint_under_another_name_is_listed_without_its_words(encrypted: Store) -> None:
    alice, mallory = encrypted.user_key(ALICE), encrypted.user_key(MALLORY)
    encrypted.feedback.comment(alice, "秘密")
    row = encrypted.redis.lindex(keys.FEEDBACK, 0).decode()
    encrypted.redis.lpush(keys.FEEDBACK, row.replace(alice, mallory))

    newest, oldest = encrypted.feedback.entries()

    assert (newest["user"], newest["text"], newest["unreadable"]) == (mallory, "", True)
    assert oldest["text"] == "秘密"
    assert encrypted.export(mallory)["feedback"] == []
    assert encrypted.feedback.drop(newest["name"])


@pytest_redis
def test_a_key_that_is_new_leaves_out_what_was_kept_before_it_unless_told(
    settings: Settings, open_store: Callable[..., Store]
) -> None:
    user = answered(open_store(settings), ALICE, "旧问题", "m1")
    strict = open_store(replace(settings, history_key=KEY))
    strict.verify_history_key()
    answered(strict, ALICE, "新问题", "m2")
    upgrading = open_store(replace(settings, history_key=f"{KEY},unbound"))

    assert [turn.user for turn in strict.conversation.read(user)] == ["新问题"]
    assert [turn.user for turn in upgrading.conversation.read(user)] == ["旧问题", "新问题"]


@pytest_redis
def test_a_check_word_of_the_first_version_is_known_again(
    settings: Settings, open_store: Callable[..., Store], store: Store
) -> None:
    for name, good in ((KEY, True), (OTHER, False)):
        word = "\x01" + Fernet(KEY).encrypt(b"xinglin").decode()
        store.redis.set(keys.HISTORY_KEY, word)
        decrypted = open_store(replace(settings, history_key=name))
        if good:
            decrypted.verify_history_key()
        else:
            with pytest.raises(StoreError, match="does not open"):
                decrypted.verify_history_key()
