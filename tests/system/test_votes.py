"""Votes of followers who agreed, from the platform's push to the worker's choice, with processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from knowledge.ranker import NAMED, SIZE, Ranker
from tests.system.faults.env import env, pusher
from tests.tools.wechat_simulator.api_host import ApiHost
from tests.tools.wechat_simulator.stack import Stack
from tests.waiting import until
from xinglin.settings import Settings
from xinglin.store import Store, keys
from xinglin.store.operations.ranker_registry import RankerVersion

pytestmark = [pytest.mark.slow, pytest.mark.redis]
ASKED = ("睡不着怎么办", "春天怎么养生", "什么是阴阳", "为什么要忌口", "久坐有什么不好")
LIKES_SHORT = Ranker(0, (0.0,) * 4, (1.0,) * 4, (0, 0, 0, -5, *(0,) * (SIZE - len(NAMED))), 0.0)


@pytest.fixture
def stack() -> Iterator[Stack]:
    api = ApiHost("wxfault", "faultsecret")
    running = Stack(
        env(api, XINGLIN_BACKEND="auto", XINGLIN_CONSENT="history"), workers=1, wait_s=120
    )
    yield running
    running.close()
    api.close()


@pytest.fixture
def store(stack: Stack) -> Iterator[Store]:
    opened = Store.open(Settings(redis_url=stack.env["XINGLIN_REDIS_URL"]))
    yield opened
    opened.close()


def say_all(stack: Stack, openid: str, *texts: str) -> None:
    push = pusher(stack)
    for number, text in enumerate(texts):
        message_id = f"{abs(hash((openid, text, number))) % 10**12}"
        outcome = push.text(openid, text, message_id, labelled=False)
        assert outcome.acknowledged, outcome


def voting(vote: str) -> list[str]:
    return [text for asked in ASKED for text in (asked, vote)]


def test_votes_are_kept_with_consent_and_a_ranker_reaches_each_worker(
    stack: Stack, store: Store
) -> None:
    say_all(stack, "oSilent", *voting("赞"))
    say_all(stack, "oAgreed", "同意", *voting("踩"))

    kept = store.votes.entries()
    assert kept, "the model wrote at least one of these"
    assert {vote.user for vote in kept} == {store.user_key("oAgreed")}
    assert {vote.value for vote in kept} == {-1}
    assert all(vote.question in ASKED and vote.evidence for vote in kept)

    number = store.rankers.publish(
        RankerVersion(
            at=1.0,
            by="test",
            votes=0,
            followers=0,
            auc=1,
            rule_auc=0,
            low=1,
            high=1,
            weights=LIKES_SHORT.fields(),
        )
    )
    until(lambda: [one.ranker for one in store.models.workers()] == [number], 5)
    say_all(stack, "oAgreed", *voting("赞"))
    after = [vote for vote in store.votes.entries() if vote.value == 1]
    assert after
    for vote in after:
        fit = [len(one.text) for one in vote.drafts if one.text and one.fault in ("", "mended")]
        assert (vote.ranker, len(vote.shown.text)) == (number, min(fit))

    stack.kill_worker(0)
    until(lambda: any(one.in_flight == 0 for one in store.models.workers()), 60)
    until(lambda: [one.ranker for one in store.models.workers()] == [number], 60)
    store.rankers.go_to(0)
    until(lambda: [one.ranker for one in store.models.workers()] == [0], 20)

    say_all(stack, "oAgreed", "撤回同意")
    assert store.votes.entries() == []
    assert not store.redis.exists(keys.UserKeys(store.user_key("oAgreed")).drafts)
    for text in ("睡不着", "同意"):
        assert text not in stack.log()
