"""A turn: the model sees the normal form, and does not have the last word about poisons."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests import shipped as texts
from tests.shipped import SERVING, TCM
from workers import drafting
from workers.reload import open_first
from workers.reply import Replier
from xinglin.settings import Settings
from xinglin.store import Store, Turn
from xinglin.store.records import Claim

MODELS = Path(__file__).resolve().parents[2] / "models"
pytestmark = pytest.mark.redis
PLAIN = "黄芪有什么功效？"


@pytest.fixture
def replier(echo: Settings, store: Store) -> Iterator[Replier]:
    holder = open_first(echo, store, "w1")
    yield Replier(echo, holder, account=SERVING)
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
        ("水银无毒，可以泡水喝。", TCM.texts.not_found),
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


def test_who_may_be_in_an_emergency_is_told_of_120(replier: Replier) -> None:
    doubtful = "同事被门夹了手，指甲盖掀了，血甩一地"

    assert replier.answer(claim(doubtful), [])[0].text.endswith(texts.EMERGENCY)


def test_who_sounds_despairing_is_told_of_the_helpline(replier: Replier) -> None:
    despairing, plain = "感觉自己烂透了，不配有人对我好", "黄芪补气"

    assert replier.answer(claim(despairing), [])[0].text.endswith(texts.HELPLINE)
    assert replier.answer(claim(plain), [])[0].text == plain


def test_a_reply_is_the_same_whenever_the_same_message_is_answered(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting, "GENERATION_LIMIT_S", 250.0)  # a text that was cut is another
    real = replace(settings, backend="reference", models=MODELS, reply_max_bytes=64)
    holder = open_first(real, store, "w1")
    replier = Replier(real, holder, account=SERVING)
    claim = Claim("u" * 24, "t", "m1", "o1", "你是谁？", 1)

    first, turn = replier.answer(claim, [])
    again, _ = replier.answer(replace(claim, token="other"), [])

    assert first == again
    assert turn is not None
    assert first.generated
    holder.close()


def test_a_poison_in_a_reply_is_called_one_and_the_warning_is_not_remembered(
    echo: Settings, store: Store
) -> None:
    holder = open_first(echo, store, "w1")
    claim = Claim("u" * 24, "t", "m1", "o1", "古方里的水银和甘草", 1)

    reply, turn = Replier(echo, holder, account=SERVING).answer(claim, [])

    assert reply.text == "古方里的水银和甘草\n（水银有毒，切勿自行使用。）"
    assert turn is not None
    assert turn.assistant == "古方里的水银和甘草"
    holder.close()


def test_what_the_model_made_up_is_not_shown(
    settings: Settings, store: Store, tmp_path: Path
) -> None:
    shutil.copytree(MODELS / "tcm", tmp_path / "unsure")
    card = json.loads((tmp_path / "unsure" / "config.json").read_text("utf-8"))
    (tmp_path / "unsure" / "config.json").write_text(json.dumps(card | {"unsure_bits": 1e-6}))
    unsure = replace(settings, backend="cpu", models=tmp_path, model="unsure")
    holder = open_first(unsure, store, "w1")
    claim = Claim("u" * 24, "t", "m1", "o1", "请讲讲一味没有人听说过的药", 1)

    reply, turn = Replier(unsure, holder, account=SERVING).answer(claim, [])

    assert (reply.text, reply.generated, turn) == (TCM.texts.not_found, False, None)
    holder.close()
