"""Questions that nothing answered: kept with consent, bounded, sealed, and forgotten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.fernet import Fernet

from xinglin.errors import StaleLease
from xinglin.settings import Settings
from xinglin.store import Reply, Store, Turn
from xinglin.store.bounded_list import MOST_OF_ONE

pytestmark = pytest.mark.redis
NOTHING = "这个我不知道。"
NOW = 1_900_000_000.25


def take(store: Store, openid: str, text: str) -> Any:
    user = store.user_key(openid)
    store.inbox.accept(user, openid, f"{openid}{text}", text, wait_s=0)
    claim = store.turns.take(user)
    assert claim is not None
    return claim


def ask(store: Store, openid: str, text: str, *, by: str = "nothing", at: float = NOW) -> str:
    """Let a follower ask, and a worker answer so; returns the follower's hashed id."""
    claim = take(store, openid, text)
    reply = Reply(NOTHING, True, "m", claim.message_id, openid)
    store.turns.commit(claim, reply, Turn(text, NOTHING, at, by=by))
    return store.user_key(openid)


def asked(store: Store) -> list[str]:
    return [one["text"] for one in store.questions.entries()]


def test_what_nothing_answered_is_kept_and_what_was_answered_is_not(store: Store) -> None:
    ask(store, "o1", "有包间吗")
    ask(store, "o1", "龙井多少钱", by="cell")
    ask(store, "o2", "能带狗吗", by="offered")

    assert asked(store) == ["能带狗吗", "有包间吗"]
    assert [one["by"] for one in store.questions.entries()] == ["offered", "nothing"]


@pytest.mark.parametrize("consent", ["history", "required"])
def test_without_consent_nothing_is_kept(
    open_store: Callable[..., Store], settings: Settings, consent: Any
) -> None:
    store = open_store(replace(settings, consent=consent))
    ask(store, "o1", "不许留")
    store.conversation.consent(store.user_key("o2"), agreed=True)
    ask(store, "o2", "可以留")

    assert asked(store) == ["可以留"]


def test_the_words_are_sealed_and_tied_to_their_follower(
    open_store: Callable[..., Store], settings: Settings
) -> None:
    store = open_store(replace(settings, history_key=Fernet.generate_key().decode()))
    user = ask(store, "o1", "有包间吗")
    ask(store, "o2", "能停车吗")

    newest, oldest = store.redis.lrange("xl:questions", 0, -1)
    assert "包间".encode() not in oldest
    assert asked(store) == ["能停车吗", "有包间吗"]
    other = store.user_key("o2").encode()
    store.redis.lset("xl:questions", 0, newest.replace(other, user.encode()))
    assert asked(store) == ["有包间吗"], "one follower's words are not shown as another's"


def test_nothing_is_left_of_a_follower_who_is_erased(store: Store) -> None:
    user = ask(store, "o1", "有包间吗")
    ask(store, "o2", "能停车吗")
    assert store.inspect(user)["questions"] == 1
    assert [one["text"] for one in store.export(user)["questions"]] == ["有包间吗"]

    store.erase(user)

    assert asked(store) == ["能停车吗"]
    assert store.export(user)["questions"] == []


def test_a_turn_whose_follower_was_erased_meanwhile_leaves_no_question(store: Store) -> None:
    claim = take(store, "o1", "有包间吗")
    store.erase(claim.user)

    reply = Reply(NOTHING, True, "m", claim.message_id, "o1")
    with pytest.raises(StaleLease):
        store.turns.commit(claim, reply, Turn("有包间吗", NOTHING, NOW, by="nothing"))

    assert asked(store) == []


def test_one_follower_cannot_push_out_the_others(store: Store) -> None:
    ask(store, "o1", "有包间吗")
    for number in range(MOST_OF_ONE + 5):
        ask(store, "o2", f"问题{number}")

    assert len(asked(store)) == MOST_OF_ONE + 1
    assert "有包间吗" in asked(store)
    assert "问题4" not in asked(store)


def test_questions_are_forgotten_in_time(
    open_store: Callable[..., Store], settings: Settings
) -> None:
    store = open_store(replace(settings, questions_ttl_s=3600))
    ask(store, "o1", "很久以前的", at=1.0)
    ask(store, "o2", "将来的", at=NOW)

    assert 0 < store.redis.ttl("xl:questions") <= 3600
    assert store.sweep() == 1
    assert asked(store) == ["将来的"]


def test_an_owner_who_keeps_none_has_none(
    open_store: Callable[..., Store], settings: Settings
) -> None:
    store = open_store(replace(settings, questions_ttl_s=0))
    ask(store, "o1", "有包间吗")

    assert store.redis.exists("xl:questions") == 0


def test_questions_that_were_answered_are_dropped_by_name(store: Store) -> None:
    for openid, text in (("o1", "有包间吗"), ("o2", "有没有包厢"), ("o3", "能停车吗")):
        ask(store, openid, text)
    names = [one["name"] for one in store.questions.entries() if "包" in one["text"]]

    assert store.questions.drop(names) == 2
    assert store.questions.drop(names) == 0
    assert asked(store) == ["能停车吗"]


def test_a_question_that_the_next_turn_answered_is_settled(store: Store) -> None:
    user = ask(store, "o1", "茶怎么样", by="offered")
    ask(store, "o2", "茶怎么样", by="offered")

    store.questions.settle(user, NOW)

    assert [one["user"] for one in store.questions.entries()] == [store.user_key("o2")]
