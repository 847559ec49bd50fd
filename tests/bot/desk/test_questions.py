"""Open questions on the desk: together by likeness, answered for the next follower, dismissed."""

from __future__ import annotations

import re

import pytest

from tests.bot.desk.conftest import Desk
from tests.bot.desk.test_notes import file
from xinglin.store import Reply, Store, Turn

pytestmark = pytest.mark.redis


def ask(store: Store, openid: str, text: str, at: float = 1_900_000_000.0) -> None:
    user = store.user_key(openid)
    store.inbox.accept(user, openid, f"{openid}{text}", text, wait_s=0)
    claim = store.turns.take(user)
    assert claim is not None
    reply = Reply("不知道", True, "m", claim.message_id, openid)
    store.turns.commit(claim, reply, Turn(text, "不知道", at, by="nothing"))


def cards(page: str) -> list[list[str]]:
    """The wordings of each group of the page."""
    return [
        re.findall(r'class="wording" value="([^"]*)"', part)
        for part in page.split('<form class="question')[1:]
    ]


def names(desk: Desk) -> list[str]:
    found = re.findall(r'data-names="([^"]*)"', desk.page("questions"))
    return [name for one in found for name in one.split()]


def test_questions_that_ask_for_the_same_stand_together_the_most_frequent_first(
    desk: Desk, store: Store
) -> None:
    ask(store, "o1", "能开发票吗")
    for openid, text in (("o2", "有没有停车场"), ("o3", "停车方便吗"), ("o4", "有没有停车场？")):
        ask(store, openid, text)

    page = desk.page("questions")

    assert [set(one) for one in cards(page)] == [{"有没有停车场？", "停车方便吗"}, {"能开发票吗"}]
    assert "3×" in page
    assert '<b class="count">4</b>' in page


def test_an_answer_becomes_a_note_and_its_questions_leave_the_list(
    desk: Desk, store: Store
) -> None:
    ask(store, "o1", "有没有停车场")
    ask(store, "o2", "能开发票吗")
    name = next(one["name"] for one in store.questions.entries() if "停车" in one["text"])

    done = desk.send(
        "POST",
        "questions/answer",
        names=[name],
        questions=["有没有停车场"],
        answers=["门口可以停。"],
    )

    assert done["version"] == 2
    assert [one["text"] for one in store.questions.entries()] == ["能开发票吗"]
    assert "门口可以停。" in file(desk, "desk.jsonl").decode()
    assert "有没有停车场" in desk.page("notes", q="门口可以停")


def test_where_publishing_is_refused_the_questions_stay(desk: Desk, store: Store) -> None:
    ask(store, "o1", "有没有停车场")
    sent = {"names": names(desk), "questions": ["有没有停车场"]}

    assert desk.send("POST", "questions/answer", answers=["x" * 5000], **sent)["code"] == 400
    assert desk.send("POST", "questions/answer", answers=["有"], base=7, **sent)["code"] == 409
    assert desk.send("POST", "questions/answer", answers=[], **sent)["code"] == 400

    assert len(store.questions.entries()) == 1


def test_a_question_is_dismissed_and_the_audit_names_nobody(desk: Desk, store: Store) -> None:
    ask(store, "o1", "有没有停车场")

    assert desk.send("DELETE", "questions", names=names(desk))["dropped"] == 1

    assert store.questions.entries() == []
    noted = store.audit.entries()[0]
    assert (noted["what"], noted["by"], noted["user"]) == ("desk", "王店主", "")
    assert "都答上了" in desk.page("questions")


def test_nonsense_is_refused(desk: Desk) -> None:
    for sent in ({}, {"names": []}, {"names": "x"}, {"names": [1]}):
        assert desk.send("DELETE", "questions", **sent)["code"] == 400


def test_what_a_follower_wrote_is_text_and_no_page(desk: Desk, store: Store) -> None:
    ask(store, "o1", '"><script>alert(1)</script>')

    assert "<script>alert" not in desk.page("questions")
