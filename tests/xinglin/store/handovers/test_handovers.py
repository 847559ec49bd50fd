"""Hand-overs in Redis: each step happens once, and the bot is back whatever dies."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from xinglin.settings import Settings
from xinglin.store import Store, keys
from xinglin.store.handovers import Met
from xinglin.store.keys import UserKeys

pytestmark = pytest.mark.redis
OPENID = "oWaits"
SENDS = {"wechat_account": "service", "wechat_app_id": "wx1", "wechat_app_secret": "s"}
Open = Callable[..., Store]


@pytest.fixture
def user(store: Store) -> str:
    return store.user_key(OPENID)


def meet(store: Store, number: int, text: str = "在吗", **wishes: Any) -> Met:
    wishes = {"timeout_s": 60, **wishes}
    return store.handovers.meet(store.user_key(OPENID), OPENID, f"{number}", text, **wishes)


def counted(store: Store) -> dict[str, int]:
    found = store.readings().counters.get("handovers", {})
    return {labels[0]: int(value) for labels, value in found.items()}


def taken_over(store: Store) -> bool:
    return store.admission.admit(OPENID, proofs=[], carried="x")[1].taken_over


def test_a_wish_begins_it_once_for_all_retries(store: Store, user: str) -> None:
    begun = [meet(store, 1, "转人工", wants="person") for _ in range(3)]

    assert [met.did for met in begun] == ["started"] * 3
    assert taken_over(store)
    (one,) = store.handovers.waiting()
    assert (one.user, one.state, one.reason) == (user, "waiting", "asked")
    assert [said.text for said in one.said] == ["转人工"]
    assert counted(store) == {"started": 1}
    assert store.stats.snapshot()["handovers_waiting"] == 1


def test_many_processes_that_get_the_same_push_begin_one(open_store: Open) -> None:
    stores = [open_store() for _ in range(6)]
    found: list[Met] = []

    def push(store: Store) -> None:
        found.append(meet(store, 1, "人工", wants="person"))

    threads = [threading.Thread(target=push, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [met.did for met in found] == ["started"] * 6
    assert counted(stores[0]) == {"started": 1}
    assert len(stores[0].handovers.waiting()[0].said) == 1


def test_what_is_written_meanwhile_is_noted_and_nothing_is_said(store: Store) -> None:
    meet(store, 1, "转人工", wants="person")

    assert meet(store, 2, "货还没到").did == "noted"
    assert meet(store, 2, "货还没到").did == "noted"
    assert meet(store, 3, "人工！", wants="person").did == "again"
    said = store.handovers.waiting()[0].said
    assert [(one.by, one.text) for one in said] == [
        ("follower", "转人工"), ("follower", "货还没到"), ("follower", "人工！"),
    ]  # fmt: skip


def test_words_are_kept_with_consent_only(open_store: Open, settings: Settings) -> None:
    store = open_store(replace(settings, consent="history"))
    user = store.user_key(OPENID)

    begun = meet(store, 1, "我的秘密", wants="person")
    assert not begun.kept
    assert store.handovers.waiting()[0].said == ()
    assert not store.handovers.waiting()[0].consented
    store.conversation.consent(user, agreed=True)
    assert meet(store, 2, "可以看了").kept
    store.handovers.answer(user, "a1", "好的", 60)

    assert [one.text for one in store.handovers.waiting()[0].said] == ["可以看了", "好的"]
    store.conversation.consent(user, agreed=False)
    assert store.handovers.waiting()[0].said == ()


def test_words_are_sealed_with_the_history_key(open_store: Open, settings: Settings) -> None:
    store = open_store(replace(settings, history_key="k" * 43 + "="))
    meet(store, 1, "不要让别人看见", wants="person")
    store.handovers.answer(store.user_key(OPENID), "a1", "只有你知道", 60)

    kept = b"".join(store.redis.dump(key) for key in store.redis.scan_iter("xl:*"))

    for word in ("不要让别人看见", "只有你知道", OPENID):
        assert word.encode() not in kept
    assert [one.text for one in store.handovers.waiting()[0].said] == [
        "不要让别人看见", "只有你知道",
    ]  # fmt: skip


def test_an_answer_leaves_by_the_outbox_once(open_store: Open, settings: Settings) -> None:
    store = open_store(replace(settings, **SENDS))
    user = store.user_key(OPENID)
    meet(store, 1, "转人工", wants="person")

    outcomes = [store.handovers.answer(user, "aa", "我是店长", 60) for _ in range(2)]

    assert outcomes == ["answered", "known"]
    outgoing = store.outbox.claim(user)
    assert outgoing is not None
    assert (outgoing.openid, outgoing.text, outgoing.generated) == (OPENID, "我是店长", False)
    assert store.outbox.done(outgoing)
    assert store.outbox.claim(user) is None
    assert counted(store) == {"started": 1, "answered": 1}
    assert store.stats.snapshot()["handovers_waiting"] == 0
    assert taken_over(store), "the conversation goes on with the person"


def test_where_the_account_may_not_send_the_next_message_brings_the_answer(
    store: Store, user: str
) -> None:
    meet(store, 1, "转人工", wants="person")
    store.handovers.answer(user, "aa", "我是店长", 60)

    assert [meet(store, 2, "好了吗").did for _ in range(2)] == ["collect"] * 2
    found = store.continuation.look(user, "2")
    assert (found.kind, found.text, found.generated) == ("reply", "我是店长", False)
    store.continuation.take(user, "2", found, found.text)
    assert meet(store, 3, "谢谢").did == "noted"
    assert store.handovers.waiting()[0].state == "waiting", "the follower has the last word"


def test_a_question_that_was_accepted_before_stays_the_bots(store: Store, user: str) -> None:
    store.inbox.accept(user, OPENID, "7", "龙井怎么泡", wait_s=0)
    meet(store, 8, "转人工", wants="person")

    assert meet(store, 7, "龙井怎么泡").did == "theirs"
    assert len(store.handovers.waiting()[0].said) == 1


def test_an_unanswered_question_begins_one_and_its_retry_is_still_the_bots(
    store: Store, user: str
) -> None:
    store.inbox.accept(user, OPENID, "7", "月亮多重", wait_s=0)
    asked = {"wants": "person", "reason": "unanswered", "of_a_question": True}

    assert [meet(store, 7, "月亮多重", **asked).did for _ in range(2)] == ["started"] * 2
    assert meet(store, 7, "月亮多重").did == "theirs"
    assert store.handovers.waiting()[0].reason == "unanswered"


def test_the_follower_or_the_owner_ends_it(store: Store, user: str) -> None:
    meet(store, 1, "转人工", wants="person")
    assert [meet(store, 2, "结束人工", wants="bot").did for _ in range(2)] == ["ended"] * 2
    assert not taken_over(store)
    assert meet(store, 3, "结束人工", wants="bot").did == "none"

    meet(store, 4, "转人工", wants="person")
    assert store.handovers.hand_back(user, "bb", "我回来了") == "returned"
    assert not taken_over(store)
    assert store.handovers.waiting() == []
    assert meet(store, 5, "你好").did == "gone"
    assert counted(store) == {"started": 2, "returned": 2}
    assert store.handovers.answer(user, "cc", "还在吗", 60) == "gone"


def test_after_its_time_the_bot_is_back_though_no_worker_lives(store: Store, user: str) -> None:
    meet(store, 1, "转人工", wants="person", timeout_s=0)

    assert not taken_over(store)
    assert meet(store, 2, "你好").did == "gone"


def test_who_waited_in_vain_is_noted_once_told_and_can_still_be_answered(
    open_store: Open, settings: Settings
) -> None:
    store = open_store(replace(settings, **SENDS))
    user = store.user_key(OPENID)
    meet(store, 1, "转人工", wants="person", timeout_s=0)

    assert store.handovers.note_overdue("抱歉，没人") == [user]
    assert store.handovers.note_overdue("抱歉，没人") == []
    outgoing = store.outbox.claim(user)
    assert outgoing is not None
    assert outgoing.text == "抱歉，没人"
    store.outbox.done(outgoing)
    assert store.handovers.waiting()[0].state == "missed"
    assert counted(store) == {"started": 1, "timed_out": 1}
    assert store.stats.snapshot()["handovers_waiting"] == 1

    assert store.handovers.answer(user, "dd", "来晚了", 60) == "answered"
    later = store.outbox.claim(user)
    assert later is not None
    assert later.text == "来晚了"
    assert taken_over(store)


def test_a_conversation_whose_last_word_was_the_persons_ends_quietly(
    store: Store, user: str
) -> None:
    meet(store, 1, "转人工", wants="person")
    store.handovers.answer(user, "ee", "再见", 0)

    assert store.handovers.note_overdue("抱歉") == []
    assert store.handovers.waiting() == []
    assert counted(store) == {"started": 1, "answered": 1}


def test_erasing_leaves_nothing(store: Store, user: str) -> None:
    meet(store, 1, "转人工", wants="person")
    store.handovers.answer(user, "ff", "您好", 60)
    assert [said["text"] for said in store.export(user)["handover"]] == ["转人工", "您好"]
    assert store.inspect(user)["handover"] == "answered"

    store.erase(user)

    assert list(store.redis.scan_iter(UserKeys(user).every)) == []
    assert not store.redis.exists(keys.HANDOVERS, keys.HANDOVERS_WAITING)
    assert not taken_over(store)


def test_everything_about_a_hand_over_is_forgotten_in_time(store: Store, user: str) -> None:
    meet(store, 1, "转人工", wants="person")
    store.handovers.answer(user, "gg", "您好", 60)
    meet(store, 2, "好")

    own = UserKeys(user)
    for key in store.redis.scan_iter(own.every):
        assert store.redis.ttl(key) > 0, key
    assert store.redis.ttl(own.handover_said) <= 172_800


def test_what_is_written_is_bounded(store: Store) -> None:
    meet(store, 1, "转人工", wants="person")
    for number in range(2, 80):
        meet(store, number, "长" * 3000)

    said = store.handovers.waiting()[0].said
    assert len(said) == 50
    assert all(len(one.text) == 1000 for one in said)


def test_the_rest_of_an_earlier_reply_is_not_taken_for_the_persons(store: Store, user: str) -> None:
    store.pages.begin(user, "0", "很长的回答的后半", generated=True)
    meet(store, 1, "转人工", wants="person")
    store.handovers.answer(user, "hh", "我是店长", 60)

    assert meet(store, 2, "好了吗").did == "collect"
    assert store.continuation.look(user, "2").text == "我是店长"


def test_without_the_key_of_old_the_answer_waits_for_the_next_message(
    open_store: Open, settings: Settings
) -> None:
    first = replace(settings, history_key="a" * 43 + "=", **SENDS)
    meet(open_store(first), 1, "转人工", wants="person")
    store = open_store(replace(first, history_key="b" * 43 + "="))

    assert store.handovers.answer(store.user_key(OPENID), "ii", "您好", 60) == "answered"

    assert store.outbox.claim(store.user_key(OPENID)) is None
    assert meet(store, 2, "在吗").did == "collect"
