"""An account answered in this process, as the service would."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from knowledge.errors import KnowledgeError
from tests.workers.conftest import ROOT, SHOP
from workers.local_service import LocalConversation, LocalService
from xinglin.settings import Settings


@pytest.fixture(scope="module")
def service() -> Iterator[LocalService]:
    with LocalService(Settings(account=str(SHOP), models=ROOT / "models")) as service:
        yield service


def test_turns_go_on_and_are_forgotten_with_the_conversation(service: LocalService) -> None:
    conversation = LocalConversation(service)
    first, second = conversation.say("龙井多少钱"), conversation.say("哪里产的")
    conversation.forget()
    third = conversation.say("哪里产的")

    assert (first.by, first.band, first.answers) == ("cell", "answer", True)
    assert first.topic == "狮峰龙井 价格"
    assert "狮峰山" in second.text
    assert "狮峰山" not in third.text


def test_the_same_name_gives_the_same_reply(service: LocalService) -> None:
    said = [LocalConversation(service, name="one").say("能刷卡吗").text for _ in range(2)]

    assert said[0] == said[1]


def test_the_web_side_answers_first_asks_otherwise_or_forgets(service: LocalService) -> None:
    def web(text: str) -> Any:
        replies = {
            "帮助": SimpleNamespace(step="command", reply="指令", ask="", forgets=False),
            "重置": SimpleNamespace(step="command", reply="好", ask="", forgets=True),
            "价": SimpleNamespace(step="rule", reply="", ask="龙井多少钱", forgets=False),
        }
        return replies.get(text)

    conversation = LocalConversation(service, web)
    fixed, asked = conversation.say("帮助"), conversation.say("价")
    conversation.say("重置")
    after = conversation.say("哪里产的")

    assert (fixed.text, fixed.by, fixed.band, fixed.answers) == ("指令", "command", "", False)
    assert "1280" in asked.text
    assert "狮峰山" not in after.text


def test_what_is_nowhere_is_no_answer(service: LocalService) -> None:
    said = LocalConversation(service).say("帮我写一首诗")

    assert (said.by, said.answers, said.topic) == ("nothing", False, "")


def test_a_library_that_is_none_is_a_sentence(tmp_path: Any) -> None:
    (tmp_path / "books").write_text("no library")

    with pytest.raises(KnowledgeError, match="books"):
        LocalService(Settings(account=str(SHOP), library=str(tmp_path / "books")))
