"""Messages that were put aside come back; users go."""

from __future__ import annotations

import pytest

from tests.bot.cli.conftest import Command
from xinglin.store import Reply, Store, Turn
from xinglin.store.turns.inbox import MAX_ATTEMPTS

pytestmark = pytest.mark.redis
OPENID = "oFollower"


def bury(store: Store, message_id: str = "m1", text: str = "毒", openid: str = OPENID) -> str:
    """Let a message fail as often as it may, and put it aside as a worker does."""
    user = store.user_key(openid)
    store.inbox.accept(user, openid, message_id, text, wait_s=0)
    for _ in range(MAX_ATTEMPTS):
        assert store.turns.take(user) is not None
        store.redis.delete(f"xl:{{{user}}}:lease")  # the worker died, the lease ran out
    claim = store.turns.take(user)
    assert claim is not None
    assert claim.attempt == MAX_ATTEMPTS + 1
    store.dead_letters.add(claim)
    store.dead_letters.add(claim)  # a worker died before its apology, the next one did the same
    store.turns.commit(claim, Reply("抱歉", False, "", message_id, openid), None)
    return user


def test_the_list_shows_ids_and_no_words(xinglin: Command, store: Store) -> None:
    user = bury(store, text="很私密的话")

    ended = xinglin("requeue")

    assert ended.code == 0
    assert ended.out == f"m1  user {user}\n"
    assert "私密" not in ended.out + ended.err


def test_a_requeued_message_has_all_its_tries_again(xinglin: Command, store: Store) -> None:
    user = bury(store, "m1", "毒一")

    ended = xinglin("requeue", "m1")

    assert (ended.code, ended.out) == (0, "  m1: in the queue again\n")
    assert store.stats.snapshot()["dead"] == 0
    assert store.stats.snapshot()["waiting"] == 1
    claim = store.turns.take(user)
    assert claim is not None
    assert (claim.text, claim.openid, claim.attempt) == ("毒一", OPENID, 1)
    store.turns.commit(claim, Reply("好", True, "m", "m1", OPENID), Turn("毒一", "好", 1.0))
    assert [turn.assistant for turn in store.conversation.read(user)] == ["好"]
    assert store.stats.snapshot()["waiting"] == 0


def test_all_are_tried_once_and_a_second_time_finds_none(xinglin: Command, store: Store) -> None:
    bury(store, "m1", openid="o1")
    bury(store, "m2", openid="o2")

    first, second = xinglin("requeue", "--all"), xinglin("requeue", "--all")

    assert (first.code, first.out.count("in the queue again")) == (0, 2)
    assert second.out == "nothing was put aside\n"
    assert store.stats.snapshot()["waiting"] == 2


def test_a_text_that_expired_leaves_the_list_and_is_said(xinglin: Command, store: Store) -> None:
    user = bury(store)
    store.redis.delete(f"xl:{{{user}}}:dead:m1")

    ended = xinglin("requeue", "m1")

    assert ended.code == 1
    assert "expired" in ended.out
    assert store.dead_letters.entries() == []


def test_a_message_still_in_work_is_left_alone(xinglin: Command, store: Store) -> None:
    user = store.user_key(OPENID)
    store.inbox.accept(user, OPENID, "m1", "问", wait_s=0)
    claim = store.turns.take(user)
    assert claim is not None
    store.dead_letters.add(claim)

    ended = xinglin("requeue", "--all")

    assert ended.code == 1
    assert "still in work" in ended.out
    assert store.stats.snapshot()["waiting"] == 1
    assert len(store.dead_letters.entries()) == 1


def test_an_id_that_is_not_on_the_list_is_named(xinglin: Command, store: Store) -> None:
    ended = xinglin("requeue", "m9")

    assert ended.code == 2
    assert "m9" in ended.err


@pytest.mark.parametrize("how", ["openid", "hash", "beginning"])
def test_erasing_a_user_leaves_no_key(xinglin: Command, store: Store, how: str) -> None:
    user = bury(store)
    store.feedback.comment(user, "意见")
    store.inbox.accept(user, OPENID, "m2", "又问", wait_s=0)
    named = {"openid": OPENID, "hash": user, "beginning": user[:8]}[how]

    ended = xinglin("erase", named, "--yes")

    assert ended.code == 0
    assert "erased" in ended.out
    assert [key for key in store.redis.keys("*") if user.encode() in key] == []
    assert store.dead_letters.entries() == []
    assert store.redis.lrange("xl:feedback", 0, -1) == []
    assert store.stats.snapshot()["waiting"] == 0


def test_erasing_asks_first_and_no_is_no(
    xinglin: Command, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = bury(store)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "n")

    ended = xinglin("erase", OPENID)

    assert ended.code == 130
    assert store.redis.exists(f"xl:{{{user}}}:dead:m1")


@pytest.mark.parametrize("named", ["", " ", "0123abcd", "x" * 200, "o\udcff"], ids=ascii)
def test_nobody_or_nonsense_erases_nothing(xinglin: Command, store: Store, named: str) -> None:
    bury(store)
    before = store.redis.dbsize()

    ended = xinglin("erase", named, "--yes")

    assert ended.code == 2
    assert store.redis.dbsize() == before
