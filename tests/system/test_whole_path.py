"""The whole path with real processes: platform, gunicorn, Redis, two workers, the shipped model."""

from __future__ import annotations

import base64
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.wechat_simulator.api_host import ApiHost
from tests.tools.wechat_simulator.crowd import Crowd, Habits
from tests.tools.wechat_simulator.pusher import Pusher
from tests.tools.wechat_simulator.stack import Stack
from tests.tools.wechat_simulator.wire import Account

MODELS = Path(__file__).resolve().parents[2] / "models"
AES_KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")

pytestmark = [pytest.mark.slow, pytest.mark.redis]


@pytest.fixture
def api() -> Iterator[ApiHost]:
    host = ApiHost()
    yield host
    host.close()


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A models folder with the shipped model twice, and once with a damaged file."""
    folder = tmp_path / "models"
    for name in ("tcm", "second", "damaged"):
        shutil.copytree(MODELS / "tcm", folder / name)
    weights = folder / "damaged" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    return folder


@pytest.fixture
def stack(api: ApiHost, models: Path) -> Iterator[Stack]:
    running = Stack(
        {
            "XINGLIN_WECHAT_TOKEN": "wholepath",
            "XINGLIN_WECHAT_APP_ID": "wxwholepath",
            "XINGLIN_WECHAT_APP_SECRET": "secret-canary",
            "XINGLIN_WECHAT_ACCOUNT": "service",
            "XINGLIN_WECHAT_AES_KEY": AES_KEY,
            "XINGLIN_WECHAT_API_BASE": api.url,
            "XINGLIN_ADMIN_TOKEN": "admin-canary",
            "XINGLIN_MODELS": str(models),
            "XINGLIN_HISTORY_BYTES": "65536",
        },
        wait_s=120,
    )
    yield running
    running.close()


def test_followers_are_answered_once_and_in_order_through_kills_and_reloads(
    stack: Stack, api: ApiHost
) -> None:
    account = Account("wholepath", "wxwholepath", AES_KEY, "safe")
    pusher = Pusher(account, [stack.base + "/wechat"])
    habits = Habits(pause_s=0.3, doubled=0.5)

    before = Crowd(pusher, api, users=4, habits=habits)
    before.write_for(3)
    calm = before.settle()
    swapped = stack.admin("POST", "reload", model="second")
    refused = stack.admin("POST", "reload", model="damaged")
    after = Crowd(pusher, api, users=4, habits=habits, seed=2, begin=4)
    killer = threading.Timer(0.8, stack.kill_worker, [0])
    killer.start()
    after.write_for(3)
    killer.join()
    stormy = after.settle()

    assert len(swapped["ok"]) == 2
    assert swapped["failed"] == []
    assert refused["ok"] == []
    assert len(refused["failed"]) == 2
    for crowd, report in ((before, calm), (after, stormy)):
        assert report.messages > 4
        assert report.answered + report.apologies == report.messages
        assert (report.lost, report.duplicated, report.out_of_order) == (0, 0, 0)
        assert report.defects == {}
        assert crowd.kept_wrong() == 0
    assert {worker["model"] for worker in stack.live_workers()} == {"second"}
    for canary in ("secret-canary", "admin-canary", "黄芪", "oCrowd"):
        assert canary not in stack.log()
