"""Votes with what they are about: only with consent, sealed, bounded, and gone with the follower."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet

from xinglin.settings import Settings
from xinglin.store import Reply, Store, Turn, keys
from xinglin.store.keys import UserKeys
from xinglin.store.users.votes import KeptDraft, Vote

pytestmark = pytest.mark.redis
OPENID = "oFollower"
QUESTION, SHOWN, OTHER = "金丝雀问题", "金丝雀所示", "金丝雀另稿"


def vote(message_id: str = "m1", question: str = QUESTION) -> Vote:
    drafts = [KeptDraft(SHOWN, 0.1, 0.9, ""), KeptDraft(OTHER, 0.2, 0.8, "mended")]
    return Vote(
        message_id=message_id, question=question, evidence=["note:1"], drafts=drafts, chosen=0,
        model="tcm@1",
    )  # fmt: skip


def answered(store: Store, openid: str = OPENID, message_id: str = "m1") -> str:
    """Let a follower's question be answered, its drafts offered for a vote."""
    user = store.user_key(openid)
    store.inbox.accept(user, openid, message_id, QUESTION, wait_s=0)
    claim = store.turns.take(user)
    assert claim is not None
    store.votes.offer(claim, vote(message_id), 600)
    reply = Reply(SHOWN, True, "tcm@1", message_id, openid)
    store.turns.commit(claim, reply, Turn(QUESTION, SHOWN, 1.0))
    return user


def test_a_vote_keeps_question_evidence_and_all_drafts(store: Store) -> None:
    user = store.user_key(OPENID)
    store.conversation.consent(user, agreed=True)
    answered(store)

    assert store.feedback.vote(user, -1)

    [kept] = store.votes.entries()
    assert replace(kept, user="", value=0, at=0.0) == vote()
    assert (kept.user, kept.value, kept.shown.text) == (user, -1, SHOWN)
    assert kept.at > 1e9
    assert not store.feedback.vote(user, 1), "one vote a reply"
    assert store.export(user)["votes"][0]["question"] == QUESTION
    assert store.inspect(user)["votes"] == 1


def test_without_consent_the_vote_is_counted_and_no_word_is_kept(store: Store) -> None:
    user = answered(store)

    assert store.feedback.vote(user, 1)

    assert store.votes.entries() == []
    assert not store.redis.exists(UserKeys(user).drafts)
    assert store.readings().count("feedback", "up") == 1


def test_a_vote_after_another_reply_is_about_that_one(store: Store) -> None:
    user = store.user_key(OPENID)
    store.conversation.consent(user, agreed=True)
    answered(store)
    store.inbox.accept(user, OPENID, "m2", "二问", wait_s=0)
    claim = store.turns.take(user)
    assert claim is not None
    store.turns.commit(claim, Reply("抄来", True, "m", "m2", OPENID), Turn("二问", "抄来", 2.0))

    assert store.feedback.vote(user, 1), "it counts"
    assert store.votes.entries() == [], "but the copied reply has no drafts"


def test_a_worker_whose_lease_was_lost_offers_nothing(store: Store) -> None:
    user = store.user_key(OPENID)
    store.conversation.consent(user, agreed=True)
    store.inbox.accept(user, OPENID, "m1", QUESTION, wait_s=0)
    claim = store.turns.take(user)
    assert claim is not None
    store.redis.delete(UserKeys(user).lease)

    assert not store.votes.offer(claim, vote(), 600)


@pytest.mark.parametrize("how", ["erase", "disagree"])
def test_votes_go_with_the_follower_and_with_the_consent(store: Store, how: str) -> None:
    user = store.user_key(OPENID)
    other = store.user_key("oOther")
    for one in (user, other):
        store.conversation.consent(one, agreed=True)
    for openid in (OPENID, "oOther"):
        store.feedback.vote(answered(store, openid), 1)
    answered(store, message_id="m2")

    if how == "erase":
        store.erase(user)
    else:
        store.conversation.consent(user, agreed=False)
        store.votes.forget(user)

    assert [one.user for one in store.votes.entries()] == [other]
    assert not store.redis.exists(UserKeys(user).drafts)


def test_what_is_kept_is_sealed_and_bound_to_its_follower(
    open_store: Callable[..., Store], settings: Settings
) -> None:
    key = Fernet.generate_key().decode()
    store = open_store(replace(settings, history_key=key))
    user = store.user_key(OPENID)
    store.conversation.consent(user, agreed=True)
    answered(store)
    waiting = store.redis.get(UserKeys(user).drafts)
    store.feedback.vote(user, 1)

    [row] = store.redis.lrange(keys.VOTES, 0, -1)
    for text in (QUESTION, SHOWN, OTHER):
        assert text.encode() not in waiting + row
        assert text.encode("unicode_escape") not in waiting + row
    assert len(store.votes.entries()) == 1
    moved = row.replace(user.encode(), b"0" * 24)
    store.redis.lset(keys.VOTES, 0, moved)
    assert store.votes.entries() == []
    assert open_store(replace(settings, history_key="")).votes.entries() == []


def test_one_follower_cannot_fill_the_list(store: Store) -> None:
    user = store.user_key(OPENID)
    store.conversation.consent(user, agreed=True)
    for number in range(25):
        answered(store, message_id=f"m{number}")
        store.feedback.vote(user, 1)

    assert len(store.votes.entries()) == 20
    assert 0 < store.redis.ttl(keys.VOTES) <= 15_552_000


@pytest.mark.parametrize("raw", [b"{}", b"[1]", b'{"drafts": 1}', b"\xff"])
def test_a_damaged_record_is_left_out(store: Store, raw: bytes) -> None:
    user = store.user_key(OPENID)
    store.conversation.consent(user, agreed=True)
    answered(store)
    store.redis.set(UserKeys(user).drafts, raw)

    assert store.feedback.vote(user, 1)
    assert store.votes.entries() == []
