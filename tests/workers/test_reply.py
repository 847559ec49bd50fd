"""A turn: the model sees the normal form, and does not have the last word about poisons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from workers.reload import open_first
from workers.reply import Replier
from xinglin import texts
from xinglin.settings import Settings
from xinglin.store import Store, Turn
from xinglin.store.records import Claim

pytestmark = pytest.mark.redis
PLAIN = "黄芪有什么功效？"


@pytest.fixture
def replier(settings: Settings, store: Store) -> Iterator[Replier]:
    """A model that says what it was asked."""
    echo = replace(settings, backend="echo")
    holder = open_first(echo, store, "w1")
    yield Replier(echo, holder)
    holder.close()


def claim(text: str) -> Claim:
    return Claim("u" * 24, "t", "m1", "o1", text, 1)


@pytest.mark.parametrize(
    "typed",
    [
        PLAIN,
        "黄芪有什么功效？❤️",
        "\ufeff黄芪有什么功效？",
        "黄 芪 有 什 么 功 效 ？",
        "黃芪有什麼功效？",
        "老师您好，请问黄芪有什么功效？谢谢",
    ],
)
def test_the_model_is_asked_the_plain_question_and_the_typed_one_is_remembered(
    replier: Replier, typed: str
) -> None:
    reply, turn = replier.answer(claim(typed), [])

    assert reply.text == PLAIN
    assert turn is not None
    assert turn.user == typed


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("甘草解毒，水银无毒，可以泡水喝。", "甘草解毒。\n（水银有毒，切勿自行使用。）"),
        ("水银无毒，可以泡水喝。", texts.EMPTY_REPLY),
        ("黄芪无毒，可以泡水喝。", "黄芪无毒，可以泡水喝。"),
        ("细辛味辛。", "细辛味辛。\n（细辛有毒，切勿自行使用。）"),
    ],
)
def test_a_poison_is_never_called_harmless(replier: Replier, said: str, shown: str) -> None:
    reply, _ = replier.answer(claim(said), [])

    assert reply.text == shown


def test_a_poison_of_the_turn_before_counts(replier: Replier) -> None:
    before = [Turn("附子是什么", "附子大热。", 1.0)]

    assert replier.answer(claim("此药味辛，无毒。"), before)[0].text == "此药味辛。"
    assert replier.answer(claim("此药味辛，无毒。"), [])[0].text == "此药味辛，无毒。"


def test_who_sounds_despairing_is_told_of_the_helpline(replier: Replier) -> None:
    despairing, plain = "感觉自己烂透了，不配有人对我好", "黄芪补气"

    assert replier.answer(claim(despairing), [])[0].text.endswith(texts.HELPLINE)
    assert replier.answer(claim(plain), [])[0].text == plain
