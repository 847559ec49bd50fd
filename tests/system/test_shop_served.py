"""A tea shop's account on the whole service, as `make run` starts it, over loopback."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.bot.console.conftest import ROOT, RunningService, running
from tests.waiting import until
from tests.xinglin.account.shop import TOML, write_shop

pytestmark = [pytest.mark.redis, pytest.mark.slow]
Say = Callable[[str], str]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shop(tmp_path_factory.mktemp("own") / "shop")


@pytest.fixture(scope="module")
def service(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    folder = tmp_path_factory.mktemp("service")
    shutil.copytree(ROOT / "models" / "tcm", folder / "models" / "tcm")
    with running(folder, folder / "models", XINGLIN_ACCOUNT=str(shop)) as found:
        yield found


@pytest.fixture
def say(service: RunningService) -> Say:
    numbers = iter(range(10**6, 2 * 10**6))
    return lambda text: service.say("oConsoleShop", text, str(next(numbers)))


def command(service: RunningService, *arguments: str) -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-m", "bot.cli", *arguments]
    return subprocess.run(
        run, cwd=ROOT, env=service.environment, capture_output=True, text=True, check=False
    )


def taken(service: RunningService) -> dict[str, object]:
    found: dict[str, object] = service.call("/console/state")["account"]
    return found


def serving_all(service: RunningService, number: int) -> bool:
    """Return whether web and worker both serve a version."""
    out = command(service, "account", "status").stdout
    return out.count(f": serves version {number}\n") == 2


def test_a_shop_is_served_edited_broken_and_gone_back_to(
    service: RunningService, shop: Path, say: Say
) -> None:
    # Its own name, greeting, five rules, menu and verification file.
    until(lambda: serving_all(service, 1))
    composed = service.call("/console/compose", {"follower": "oConsoleShop", "kind": "subscribe"})
    with urlopen(service.url + composed["url"], composed["body"].encode()) as answer:
        opened = service.call("/console/open", {"body": answer.read().decode()})
    assert opened["text"] == "欢迎来到山前茶铺，我是AI助手。"
    assert say("地址").startswith("山前路 8 号")
    assert say("电话") == "电话 0571-1"
    assert say("几点打烊") in ("晚上九点", "九点打烊")
    assert say("菜单") == "龙井、白茶"
    assert say("店面照片") == "［图片］\nMEDIA-1"
    assert service.call("/console/state")["menu"][0]["name"] == "地址"
    with urlopen(f"{service.url}/MP_verify_abc.txt") as answer:
        assert answer.read() == b"abc123"

    # A change of the folder is served within seconds, by the worker as well.
    write_shop(shop, TOML.replace("山前茶铺", "山后茶铺").replace("0571-1", "0571-2"))
    until(lambda: taken(service)["version"] == 2, 10)
    assert say("电话") == "电话 0571-2"
    until(lambda: serving_all(service, 2), 10)

    # A bad one is told, and the old goes on.
    write_shop(shop, TOML.replace('label = "', 'label = "x" # '))
    until(lambda: taken(service)["problem"] is not None, 10)
    problem = taken(service)["problem"]
    assert isinstance(problem, dict)
    assert "line 3, label: the law asks for words that name AI" in problem["en"]
    assert "法规要求" in problem["zh"]
    assert say("电话") == "电话 0571-2"
    assert "account_folder_refused" in (service.folder / "log").read_text()
    write_shop(shop, TOML)
    until(lambda: taken(service)["problem"] is None, 10)

    # A second owner, whose copy is older, is told; and everybody goes back.
    until(lambda: serving_all(service, 3), 10)
    other = write_shop(service.folder / "other", TOML.replace("0571-1", "0571-9"))
    told = command(service, "account", "publish", str(other))
    assert told.returncode == 2
    assert "version 3 was published by make run meanwhile" in told.stderr
    gone_back = command(service, "account", "rollback")
    assert gone_back.returncode == 0, gone_back.stderr
    assert gone_back.stdout.count(": took it") == 2, gone_back.stdout
    assert say("电话") == "电话 0571-2"
