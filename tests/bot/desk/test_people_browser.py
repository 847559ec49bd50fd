"""The page 转人工 in a real browser, over the whole service: an owner answers, and hands back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.pictures.screenshots import find_chromium
from tests.bot.console.conftest import RunningService, running, until
from tests.bot.desk.conftest import TOML
from xinglin.account.folder import write_folder
from xinglin.account.starter import starter_bundle

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = [
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.skipif(not find_chromium(), reason="there is no Chromium (make test-tools)"),
]
ROOT = Path(__file__).parents[3]
TOKEN = "an-owner-s-token"
OWN = TOML.replace("[scenes]", "[handover]\n\n[scenes]")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """`flask run` with a tea shop's account whose owner answers."""
    folder = tmp_path_factory.mktemp("people")
    shutil.copytree(ROOT / "models" / "tcm", folder / "models" / "tcm")
    write_folder(folder / "tea", starter_bundle("山前茶铺"))
    (folder / "tea" / "account.toml").write_text(OWN, "utf-8")
    owner = {"XINGLIN_ACCOUNT": str(folder / "tea"), "XINGLIN_ADMIN_TOKEN": TOKEN}
    with running(folder, folder / "models", **owner) as found:
        until(lambda: bool(found.workers()))
        yield found


@pytest.fixture
def page(service: RunningService) -> Iterator[Any]:
    """A phone on which the owner is signed in; no complaint of the browser is let pass."""
    complaints: list[str] = []
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        page = browser.new_context(
            viewport={"width": 375, "height": 720}, locale="zh-CN"
        ).new_page()
        page.set_default_timeout(30_000)
        page.goto(f"{service.url}/admin/desk/people")
        page.fill("#token", TOKEN)
        page.click("button.main")
        page.wait_for_selector("#people", state="attached")
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        browser.close()
    assert complaints == []


def test_who_asks_for_a_person_is_answered_and_handed_back(
    page: Any, service: RunningService
) -> None:
    page.wait_for_selector("#nobody:not([hidden])")
    assert "已经为你转人工" in service.say("oConsolePeople", "我要找个真人问问", "2001")
    service.say("oConsolePeople", "<b>老人</b>能喝浓茶吗", "2002")
    page.wait_for_selector(".person .pill.degraded")
    page.wait_for_selector(".wrote:has-text('浓茶')")
    assert "<b>老人</b>" in page.inner_text(".person .talk"), "what is written is text"

    # What is being typed outlives the looks between, and so does another message.
    page.fill(".person textarea", "可以，淡一点，")
    service.say("oConsolePeople", "什么时候喝好", "2003")
    page.wait_for_selector(".wrote:has-text('什么时候喝好')")
    assert page.input_value(".person textarea") == "可以，淡一点，"
    page.locator(".person textarea").press_sequentially("上午喝。")
    page.click(".person button.main")
    page.wait_for_selector(".wrote.owner")

    assert page.input_value(".person textarea") == ""
    assert service.say("oConsolePeople", "继续", "2004") == "可以，淡一点，上午喝。"
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.click(".person button:has-text('交还给机器人')")
    page.wait_for_selector("#nobody:not([hidden])")
    assert service.say("oConsolePeople", "地址", "2005") == "山前路一号"


def test_the_console_shows_who_has_the_conversation(page: Any, service: RunningService) -> None:
    phone = page.context.new_page()
    phone.set_default_timeout(30_000)
    phone.goto(f"{service.url}/console")
    phone.fill(".phone .text", "转人工")
    phone.click(".phone .send")
    phone.wait_for_selector(".handover:not([hidden])")
    assert "已转人工" in phone.inner_text(".handover")
    assert phone.get_attribute(".handover a", "href") == "/admin/desk/people"

    page.wait_for_selector(".person")
    page.click(".person button:has-text('交还给机器人')")
    phone.wait_for_selector(".handover", state="hidden")
