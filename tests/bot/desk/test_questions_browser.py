"""The desk in a real browser, over the whole service: an owner's first evening."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.pictures.screenshots import find_chromium
from bot.desk.frame import NAVIGATION
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
PAGES = [page.name for page in NAVIGATION]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """`flask run` with a tea shop's account and a dashboard."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copytree(ROOT / "models" / "tcm", folder / "models" / "tcm")
    write_folder(folder / "tea", starter_bundle("山前茶铺"))
    (folder / "tea" / "account.toml").write_text(TOML, "utf-8")
    owner = {"XINGLIN_ACCOUNT": str(folder / "tea"), "XINGLIN_ADMIN_TOKEN": "an-owner-s-token"}
    with running(folder, folder / "models", **owner) as found:
        until(lambda: bool(found.workers()))
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


def is_complaint(message: Any) -> bool:
    """Whether it is of the page; a call that is refused is noted too, and meant."""
    refused = ("400 (BAD REQUEST)", "409 (CONFLICT)")
    return message.type == "error" and not message.text.endswith(refused)


@pytest.fixture(scope="module")
def context(chromium: Any, service: RunningService) -> Iterator[Any]:
    """A phone on which the owner is signed in."""
    context = chromium.new_context(
        viewport={"width": 375, "height": 720}, color_scheme="dark", locale="zh-CN"
    )
    page = context.new_page()
    page.goto(f"{service.url}/admin/desk")
    page.fill("#token", "an-owner-s-token")
    page.click("button.main")
    page.wait_for_selector("nav a[aria-current]")
    page.fill("#by", "王店主")
    page.locator("#by").blur()
    page.close()
    yield context
    context.close()


@pytest.fixture
def page(context: Any, service: RunningService) -> Iterator[Any]:
    """A page of the desk; no complaint of the browser is let pass."""
    complaints: list[str] = []
    page = open_page(context, complaints)
    page.goto(f"{service.url}/admin/desk/versions")
    yield page
    page.close()
    assert complaints == []


def open_page(context: Any, complaints: list[str]) -> Any:
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.on("console", lambda m: complaints.append(m.text) if is_complaint(m) else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: dialog.accept())
    return page


def done(page: Any) -> None:
    """Wait until a change is in force and the page shows it."""
    page.wait_for_selector("body[data-told*=已生效]")


def goto(page: Any, name: str) -> None:
    page.goto(f"{page.url.split('/admin')[0]}/admin/desk/{name}")


def test_a_question_that_nothing_answers_is_answered_for_the_next_follower(
    page: Any, service: RunningService
) -> None:
    question = "你们的山泉水从哪座山来？"
    assert "龙泉" not in service.say("oConsoleFirst", question, "1001")
    goto(page, "questions")
    assert page.input_value(".question .wording") == question

    page.fill(".question textarea[name=answer]", "泡茶的水取自后山的龙泉，每天早上去挑。")
    page.click(".question button.main")
    done(page)

    assert page.locator(".question").count() == 0
    assert "龙泉" in service.say("oConsoleSecond", question, "1002")
    assert "龙泉" in service.say("oConsoleThird", "山泉水是哪座山的", "1003")
    page.fill("#trial-text", question)
    page.click("#trial button")
    page.wait_for_selector("#trial-told .bubble .label")
    assert "龙泉" in page.inner_text("#trial-told .bubble")
    assert "desk.jsonl" in page.inner_text("#trial-told")


def test_a_text_is_previewed_in_a_bubble_while_it_is_typed_and_then_published(
    page: Any, service: RunningService
) -> None:
    goto(page, "texts")
    page.fill("#text-help", "我是{name}的AI助手。[看茶单](茶单)")
    page.wait_for_selector(".field[data-key=help] .bubble .tap")
    assert page.inner_text(".field[data-key=help] .bubble") == "我是山前茶铺的AI助手。看茶单"
    page.fill("#text-label", "没有标识")
    page.wait_for_selector(".field[data-key=label] .wrong:not([hidden])")
    assert "生成" in page.inner_text(".field[data-key=label] .wrong")

    page.click("#save")
    page.wait_for_selector("#toast:has-text('生成')", state="attached")
    assert page.input_value("#text-help").startswith("我是{name}"), "what was typed stays"
    page.fill("#text-label", "（AI生成）")
    page.click("#save")
    done(page)

    assert "山前茶铺的AI助手" in service.say("oConsoleFirst", "帮助", "1004")


def test_a_rule_is_written_and_a_version_gone_back_to(page: Any, service: RunningService) -> None:
    goto(page, "rules")
    page.click("summary:has-text('加一条规则')")
    form = page.locator("form.rule[data-number='0']")
    form.locator("[name=match]").fill("营业时间")
    form.locator("[name=text]").fill("早九晚九")
    form.locator(".preview .bubble").wait_for()
    assert form.locator(".preview .bubble").inner_text() == "早九晚九"
    form.locator("button.main").click()
    done(page)
    assert service.say("oConsoleFirst", "营业时间", "1005") == "早九晚九"

    goto(page, "versions")
    assert "王店主" in page.inner_text("tbody")
    page.locator("[data-rollback]").first.click()
    done(page)

    assert service.say("oConsoleFirst", "营业时间", "1006") != "早九晚九"


def test_a_table_is_uploaded_edited_and_found(page: Any, service: RunningService) -> None:
    goto(page, "notes")
    page.click("#bring summary")
    table = "名称,价格|多少钱\n龙井,88元一两\n白茶,66元一两\n".encode("gb18030")
    page.set_input_files(
        "#upload [type=file]", {"name": "价目.csv", "mimeType": "text/csv", "buffer": table}
    )
    page.click("#upload button")
    done(page)
    assert "88元" in service.say("oConsoleFourth", "龙井多少钱", "1007")

    page.fill("#search [name=q]", "龙井")
    page.click("#search button")
    page.wait_for_url("**q=*")
    page.click(".notes .edit")
    page.fill(".notes [name=cell] >> nth=1", "99元一两")
    page.click(".notes button.main")
    done(page)

    assert "99元" in service.say("oConsoleFifth", "龙井多少钱", "1008")


def test_the_second_of_two_owners_is_asked_and_nothing_typed_is_lost(
    page: Any, service: RunningService
) -> None:
    goto(page, "texts")
    other = open_page(page.context, [])
    other.goto(page.url)
    page.fill("#text-greeting", "甲写的欢迎，我是AI")
    page.click("#save")
    done(page)

    other.click("summary:has-text('收不下')")
    other.fill("#text-busy", "乙写的忙碌")
    other.click("#save")
    done(other)

    assert other.input_value("#text-greeting") == "甲写的欢迎，我是AI"
    assert other.input_value("#text-busy") == "乙写的忙碌"
    other.close()


def test_no_page_is_wider_than_a_phone_in_either_language(page: Any) -> None:
    for name in PAGES:
        goto(page, name)
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        for language in ("en", "zh-CN"):
            page.click("#language")

            assert page.evaluate("document.documentElement.lang") == language
            assert page.evaluate("document.documentElement.scrollWidth") <= 375, (name, language)
        ground = page.evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor")
        assert ground == "rgb(22, 25, 23)", "dark where the system is"
