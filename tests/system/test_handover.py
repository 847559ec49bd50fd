"""A person takes over, on the whole service: platform, gunicorn, Redis, a worker, the desk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.system.faults.env import env, pusher
from tests.tools.wechat_simulator.api_host import ApiHost, Fault
from tests.tools.wechat_simulator.stack import Stack
from tests.waiting import until
from tests.xinglin.account.shop import TOML, write_shop
from xinglin.account import read_folder

pytestmark = [pytest.mark.redis, pytest.mark.slow]
HANDOVER = TOML.replace("[scenes]", "[handover]\ntimeout = 10\n\n[scenes]")
PATIENCE_S = 20


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shop(tmp_path_factory.mktemp("own") / "shop", HANDOVER)


@pytest.fixture(scope="module")
def api() -> Iterator[ApiHost]:
    host = ApiHost("wxfault", "faultsecret")
    yield host
    host.close()


@pytest.fixture(scope="module")
def stack(api: ApiHost, shop: Path) -> Iterator[Stack]:
    found = Stack(env(api, XINGLIN_ACCOUNT=str(shop), XINGLIN_REPLY_DEADLINE_S="4.5"), workers=1)
    yield found
    found.close()


@pytest.fixture
def say(stack: Stack) -> Callable[..., str]:
    push, numbers = pusher(stack), iter(range(10**6))
    stamp = time.time_ns()

    def one(openid: str, text: str) -> str:
        outcome = push.text(openid, text, f"{stamp + next(numbers)}", labelled=False)
        assert outcome.acknowledged, outcome
        return outcome.shown.text if outcome.shown else ""

    return one


class Desk:
    """The owner at the page 转人工."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def people(self) -> list[dict[str, Any]]:
        return self._call("GET", "list")["people"]  # type: ignore[no-any-return]

    def person(self, state: str) -> dict[str, Any]:
        """The follower who is in that state, waited for."""
        until(lambda: any(one["state"] == state for one in self.people()), PATIENCE_S, state)
        return next(one for one in self.people() if one["state"] == state)

    def answer(self, user: str, text: str) -> None:
        self._call("POST", f"{user}/answer", text=text, id=f"{time.time_ns():x}")

    def hand_back(self, user: str) -> None:
        self._call("POST", f"{user}/back", id=f"{time.time_ns():x}")

    def _call(self, method: str, path: str, **fields: str) -> dict[str, Any]:
        token = self._stack.env["XINGLIN_ADMIN_TOKEN"]
        answer = requests.request(
            method,
            f"{self._stack.base}/admin/desk/people/{path}",
            json=fields or None,
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def metric(stack: Stack, name: str) -> float:
    lines = requests.get(stack.base + "/metrics", timeout=5).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name + " "))


def test_a_follower_gets_a_person_and_then_the_bot_again(
    stack: Stack, api: ApiHost, shop: Path, say: Callable[..., str]
) -> None:
    texts, desk, openid = read_folder(shop).texts, Desk(stack), "oPerson"
    api.follower_wrote(openid)
    assert say(openid, "转人工") == texts.handover_started
    assert say(openid, "茶叶寄到哪了") == ""
    waiting = desk.person("waiting")
    assert [said["text"] for said in waiting["said"]] == ["转人工", "茶叶寄到哪了"]
    assert metric(stack, "xinglin_handovers_waiting") == 1

    desk.answer(waiting["user"], "已到杭州，明天派送")
    until(
        lambda: any(one.text == "已到杭州，明天派送" for one in api.sent), PATIENCE_S, "the answer"
    )
    assert say(openid, "谢谢") == ""

    # State is in Redis: neither of the processes is needed to keep it.
    stack.kill_worker(0)
    stack.kill_web(0)
    until(stack.ready, 60, "the service")
    assert say(openid, "还有别的吗") == ""
    assert len(desk.person("waiting")["said"]) == 5

    desk.hand_back(waiting["user"])
    until(lambda: api.sent[-1].text == texts.handover_ended, PATIENCE_S, "the way back")
    assert "绿茶贵吗" in say(openid, "绿茶贵吗")
    assert metric(stack, 'xinglin_handovers_total{event="started"}') == 1
    assert metric(stack, 'xinglin_handovers_total{event="answered"}') == 1
    assert metric(stack, 'xinglin_handovers_total{event="returned"}') == 1
    assert metric(stack, "xinglin_handovers_waiting") == 0
    assert "茶叶寄到哪了" not in stack.log()
    assert "明天派送" not in stack.log()


@pytest.mark.parametrize("code", [45047, 48001])
def test_an_answer_that_the_platform_refuses_waits_behind_the_tap(
    stack: Stack, api: ApiHost, say: Callable[..., str], code: int
) -> None:
    desk, openid = Desk(stack), f"oRefused{code}"
    api.follower_wrote(openid)
    api.rule("custom/send", lambda number: Fault(errcode=code))
    kept = metric(stack, "xinglin_kept_for_tap_total")
    say(openid, "找人工")
    user = desk.person("waiting")["user"]
    desk.answer(user, f"我是店长 {code}")
    until(lambda: metric(stack, "xinglin_kept_for_tap_total") > kept, PATIENCE_S, "the refusal")

    assert say(openid, "在吗") == f"我是店长 {code}"
    desk.answer(user, f"再说一句 {code}")
    until(lambda: metric(stack, "xinglin_kept_for_tap_total") > kept + 1, PATIENCE_S, "another")
    assert say(openid, "继续") == f"再说一句 {code}"

    api.heal()
    desk.hand_back(user)
    until(lambda: any(one.openid == openid for one in api.sent), PATIENCE_S, "the way back")


def test_who_unfollows_is_on_the_desk_no_more(stack: Stack, say: Callable[..., str]) -> None:
    desk, push = Desk(stack), pusher(stack)
    say("oLeaves", "你们送错货了，没人管，我要投诉")
    waiting = desk.person("waiting")
    assert waiting["reason"] == "complaint"

    push.event("oLeaves", "unsubscribe")

    assert waiting["user"] not in [one["user"] for one in desk.people()]
