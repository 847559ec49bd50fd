"""The service is asked as a follower asks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.errors import ConfigError
from tests.training.evaluation.service.conftest import MODEL, SHOP
from training.errors import DataError
from training.evaluation.service.asking import Asking, Service


def test_the_last_turn_of_a_conversation_is_told(shop: Service) -> None:
    reply = shop.ask("龙井多少钱", "哪里产的")

    assert reply.turns == ("龙井多少钱", "哪里产的")
    assert (reply.by, reply.wording, reply.answers) == ("cell", "copied", True)
    assert "狮峰山" in reply.body
    assert len(reply.ids) == len(reply.evidence) == 1
    assert reply.cpu_s > 0


def test_drafts_of_the_model_are_told(tcm: Service) -> None:
    reply = tcm.ask("晚上睡不着怎么办")

    assert (reply.by, reply.topic, len(reply.drafts)) == ("note", "睡不着", 3)


def test_the_web_side_answers_first(tcm: Service) -> None:
    reply = tcm.ask("我胸口剧痛喘不上气")

    assert (reply.by, reply.answers, reply.ids) == ("danger", False, ())
    assert "120" in reply.text


def test_two_replies_that_tell_the_same_note_are_alike(tcm: Service) -> None:
    plain, typed, other = (tcm.ask(one) for one in ("我睡不着", "我 睡 不 着", "我牙疼"))

    assert plain.told == typed.told != other.told


@pytest.mark.parametrize("wrong", [Asking(temperature=0.0), Asking(drafts=0)])
def test_options_out_of_range_are_refused(wrong: Asking) -> None:
    with pytest.raises(ConfigError):
        wrong.check()


def test_an_account_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        Service(MODEL, str(tmp_path / "nobody"), Asking())
    assert SHOP.is_dir()
