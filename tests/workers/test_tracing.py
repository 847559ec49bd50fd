"""The story of a reply to the console: evidence, scores, which words stand where, drafts with verdicts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.shipped import SERVING
from tests.workers.conftest import Talk
from workers.measuring import measure
from workers.model_holder import ModelHolder
from workers.reload import open_first
from workers.reply import Replier
from workers.tracing import ReplyTrace, Tracer
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.store.keys import UserKeys
from xinglin.store.operations.metrics import read_readings
from xinglin.store.records import Claim
from xinglin.wechat.messages import CONSOLE_FOLLOWER

pytestmark = pytest.mark.redis


def story(store: Store, holder: ModelHolder, talk: Talk, text: str) -> dict[str, Any]:
    talk.say(text)
    tracer = Tracer(store, holder, "w1")
    claim = Claim(store.user_key(CONSOLE_FOLLOWER + "x"), "t", "9", CONSOLE_FOLLOWER + "x", text, 1)
    tracer.observe(claim, holder.current, ReplyTrace(talk.last, 1.0))
    tracer.close()
    raw = store.traces.read(claim.user, "9")
    assert raw is not None
    found: dict[str, Any] = json.loads(raw)
    return found


def test_a_copied_reply_tells_its_evidence(
    store: Store, holder: ModelHolder, talk: Callable[..., Talk]
) -> None:
    told = story(store, holder, talk(), "黄芪是什么味")

    assert (told["by"], told["wording"], told["model"]) == ("cell", "copied", "tcm")
    found = told["found"]
    assert (found["kind"], found["band"], found["names"]) == ("cell", "answer", ["黄芪"])
    assert found["evidence"][0]["source"].startswith("herbs.csv, line ")
    assert "".join(text for text, _ in found["words"]) == talk().say("黄芪是什么味").text
    assert {piece for _, piece in found["words"]} == {0}
    assert "drafts" not in told


def test_drafts_are_told_with_the_checks_reasons(
    store: Store, holder: ModelHolder, talk: Callable[..., Talk]
) -> None:
    told = story(store, holder, talk(), "我在地铁上")

    assert told["by"] == "talk"
    assert len(told["drafts"]) == 3
    for draft in told["drafts"]:
        assert bool(draft["shown"]) == (draft["verdict"] in ("", "cut", "mended"))
        assert bool(draft["reasons"]) == (draft["verdict"] == "unfounded")
    assert told["characters"]
    assert told["found"]["words"] == []


def test_what_replies_came_from_is_counted(store: Store, talk: Callable[..., Talk]) -> None:
    begun = talk()
    for text in ("黄芪是什么味", "睡不着", "赤石脂有什么功效", "我在地铁上"):
        begun.say(text)
        measure(store.metrics, begun.last)
    store.metrics.flush()

    found = read_readings(store.redis)

    assert found.count("answers", "cell", "copied") == 1
    assert sum(found.count("answers", "note", word) for word in ("copied", "written")) == 1
    assert found.count("answers", "nothing", "fixed") == 1
    assert sum(found.times("find_seconds").buckets) == 4
    drafts = [d for told in begun.told for one in told.rounds for d in one.drafts]
    refused = [d for d in drafts if d.verdict is not None and d.verdict.reasons]
    counted = sum(found.counters.get("check_failures", {}).values())
    assert counted == len(refused)
    assert found.count("engine_bytes", "prompt") > 0


@pytest.mark.parametrize("openid", ["oConsole12345678", "oRealFollower"])
def test_replies_to_the_console_leave_their_story_and_no_others_do(
    settings: Settings, store: Store, openid: str
) -> None:
    real = replace(settings, backend="cpu", drafts=3)
    holder = open_first(real, store, "w1")
    tracer = Tracer(store, holder)
    claim = Claim(store.user_key(openid), "t", "77", openid, "黄芪有什么功效？", 1)

    reply, _ = Replier(real, holder, observe=tracer.observe, account=SERVING).answer(claim, [])
    tracer.close()

    raw = store.traces.read(claim.user, "77")
    if openid == "oRealFollower":
        assert raw is None
        return
    assert raw is not None
    story = json.loads(raw)
    shown = story["drafts"][story["chosen"]]["shown"]
    assert reply.text.startswith(shown)
    assert len(story["drafts"]) == 3
    told = "".join(one["text"] for one in story["characters"]).removesuffix("■")
    assert told == story["drafts"][story["chosen"]]["text"]
    assert store.redis.ttl(UserKeys(claim.user).of("trace:77")) > 0
    store.erase(claim.user)
    assert store.traces.read(claim.user, "77") is None
    holder.close()
