"""Redis is far away: the webhook answers in time all the same."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.system.faults.conftest import Open, Record
from tests.system.faults.env import pusher
from tests.tools.wechat_simulator.slow_line import SlowLine
from tests.tools.wechat_simulator.stack import Stack
from tests.waiting import until

TEXTS = [
    "黄芪有什么功效？",
    "继续",
    "我的数据",
    "赞",
    "反馈 很好",
    "帮助",
    "我胸口很痛",
    "删除我的数据",
]


@pytest.fixture(scope="module")
def stack(open_shared: Open) -> Stack:
    return open_shared(workers=1)


@pytest.fixture(scope="module")
def line(stack: Stack) -> Iterator[SlowLine]:
    """The line between the web server and Redis."""
    found, near = SlowLine(stack.redis_port, 0.0), stack.env["XINGLIN_REDIS_URL"]
    stack.env["XINGLIN_REDIS_URL"] = f"redis://127.0.0.1:{found.port}/0"
    stack.kill_web(0)
    stack.env["XINGLIN_REDIS_URL"] = near
    yield found
    found.close()


@pytest.mark.parametrize("round_trip_s", [0.1, 0.5, 1.2])
def test_every_push_is_answered_before_the_platform_gives_up(
    stack: Stack, line: SlowLine, record: Record, round_trip_s: float
) -> None:
    line.round_trip_s = 0.0
    until(stack.ready, 60, "the web server")
    line.round_trip_s = round_trip_s
    push = pusher(stack)

    def send(number: int) -> float:
        name = f"{1000 * round_trip_s:.0f}.{number}"
        outcome = push.text(f"oFar{name}", TEXTS[number % len(TEXTS)], name, labelled=False)
        assert outcome.acknowledged, outcome
        assert outcome.tries == 1, outcome
        return outcome.seconds

    with ThreadPoolExecutor(8) as pool:
        times = list(pool.map(send, range(32)))

    record(f"Redis {1000 * round_trip_s:.0f} ms away", f"slowest answer after {max(times):.2f} s")
    assert max(times) < 4.95
