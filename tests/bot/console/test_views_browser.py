"""The console in a real browser: what a developer sees and does, with keys and with the mouse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.pictures.screenshots import ask, find_chromium, settled, tell_story
from tests.bot.console.conftest import RunningService, until

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = [
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.skipif(not find_chromium(), reason="there is no Chromium (make test-tools)"),
]
NEAR = ".phone.current"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any, service: RunningService) -> Iterator[Any]:
    """A follower who has just followed; no complaint of the browser is let pass."""
    context = chromium.new_context(viewport={"width": 1400, "height": 900}, accept_downloads=True)
    complaints: list[str] = []
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    until(lambda: bool(service.workers()))
    page.goto(f"{service.url}/console")
    page.wait_for_selector(f"{NEAR} .info")
    yield page
    context.close()
    assert complaints == []


def last(page: Any, what: str) -> str:
    found: str = page.locator(f"{NEAR} {what}").last.inner_text()
    return found


def test_a_question_is_answered_and_its_evidence_shown(page: Any) -> None:
    ask(page, "四君子汤由哪些药组成？")
    tell_story(page, -1, 0)

    assert "AI生成" in last(page, ".label")
    assert "人参" in last(page, ".bubble")
    assert "人参" in page.inner_text(".evidence .piece0")
    assert "formulas.csv" in page.inner_text(".evidence")
    assert page.locator(".words .piece0").count() > 0, "which words stand where is coloured"
    facts = page.inner_text("#drawer-body")
    for told in ("表里的一格 · 照抄", "cell · 回答", "四君子汤由哪些药组成", "ask · new"):
        assert told in facts, told


def test_what_the_model_wrote_is_pictured_with_the_checks_verdict(page: Any) -> None:
    ask(page, "外面下大雨了")
    tell_story(page, -1, 3)

    assert page.locator(".picture [aria-selected=true]").count() == 1
    assert "100%" in page.inner_text(".why") or "%" in page.inner_text(".bars >> nth=0")
    facts = page.inner_text("#drawer-body")
    for told in (
        "MsgId",
        "tcm",
        "B/s",
        "/ 2048 B",
        "Top-E",
        "‹02›外面下大雨了",
        "HTTP 200",
        "ask · new",
    ):
        assert told in facts, told
    page.keyboard.press("Escape")
    assert page.locator("#drawer").is_hidden()


@pytest.mark.parametrize(("key", "state"), [("t", "duplicate"), ("l", "duplicate")])
def test_two_tries_get_one_answer(page: Any, key: str, state: str) -> None:
    page.keyboard.press("Escape")
    page.keyboard.press(key)
    ask(page, "甘草是什么味道？")
    tell_story(page, -1, 0)

    told = page.inner_text("#drawer-body")
    assert "两次得到同一个回答" in told
    assert state in told
    assert ("应答丢失" in told) is (key == "l")
    assert page.locator("input[value=normal]").is_checked(), "a fault is for one message"


def test_a_worker_that_is_killed_under_a_message_is_replaced(page: Any) -> None:
    page.locator("input[value=killed]").check()
    ask(page, "桂枝汤治什么？")
    for _ in range(5):  # what came too late is one tap away
        taps = page.locator(f"{NEAR} .row:last-child .tap")
        if not taps.count():
            break
        settled(page, taps.first.click)

    assert "AI生成" in page.inner_text(f"{NEAR} .chat") or "换一种问法" in last(page, ".bubble")


def test_a_tap_link_sends_its_text(page: Any, service: RunningService) -> None:
    page.evaluate(
        """() => {
          const real = window.fetch;
          window.fetch = (url, options) => String(url).startsWith('/wechat')
            ? Promise.resolve(new Response('<xml><Content>还在想，<a href="weixin://bizmsgmenu?msgmenucontent=%E7%BB%A7%E7%BB%AD&msgmenuid=1">点这里</a></Content></xml>'.replace(/<Content>(.*)<.Content>/, '<Content><![CDATA[$1]]></Content>')))
            : real(url, options);
          window.mended = () => { window.fetch = real; };
        }"""
    )
    ask(page, "很慢的问题")
    page.evaluate("window.mended()")
    settled(page, page.locator(f"{NEAR} .tap").last.click)

    assert last(page, ".mine .bubble") == "继续"
    assert "没有更多内容" in last(page, ".bubble")


def test_a_service_that_fails_three_times_shows_the_platforms_notice(page: Any) -> None:
    page.evaluate(
        """() => { const real = window.fetch;
          window.fetch = (url, o) => String(url).startsWith('/wechat') ? Promise.resolve(new Response('', {status: 502})) : real(url, o); }"""
    )
    ask(page, "在吗")

    assert last(page, ".fault") == "该公众号提供的服务出现故障，请稍后再试"


def test_a_suggested_question_is_sent_by_a_tap(page: Any) -> None:
    chip = page.locator(f"{NEAR} .suggestions .chip").first
    chip.wait_for()
    question = chip.inner_text()

    settled(page, chip.click)

    assert last(page, ".mine .bubble") == question
    assert "黄芪" in last(page, ".bubble")


def test_voice_place_menu_and_leaving(page: Any) -> None:
    page.locator(f"{NEAR} .speak").click()
    ask(page, "帮助")
    assert last(page, ".heard") == "帮助"
    page.locator(f"{NEAR} .plus").click()
    settled(page, page.locator(f"{NEAR} [data-kind=location]").click)
    assert "收到位置了" in last(page, ".bubble")
    page.locator(f"{NEAR} .to-menu").click()
    settled(page, page.get_by_role("button", name="重置", exact=True).first.click)
    assert "忘了" in last(page, ".bubble")
    settled(page, page.locator(f"{NEAR} .follow").click)
    assert "你已取消关注" in last(page, ".notice")
    assert "关注" in page.inner_text(f"{NEAR} .follow")


def test_a_picture_is_shown_and_politely_declined(page: Any, tmp_path: Path) -> None:
    dot = tmp_path / "dot.svg"
    dot.write_text("<svg xmlns='http://www.w3.org/2000/svg' width='40' height='40'/>")

    settled(page, lambda: page.set_input_files(f"{NEAR} .file", dot))

    assert page.locator(f"{NEAR} .mine img").count() == 1
    assert "看不懂图片" in last(page, ".bubble")


def test_two_followers_are_two_people(page: Any) -> None:
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    page.wait_for_selector(f"{NEAR}[data-follower=B] .info")
    ask(page, "我的数据")

    ids = page.evaluate("[localStorage['follower-A'], localStorage['follower-B']]")
    assert len(set(ids)) == 2
    assert page.locator(".phone:visible").count() == 2
    assert "目前没有保存" in last(page, ".bubble")


def test_safe_mode_shows_both_sides_of_the_cipher(page: Any) -> None:
    page.locator("#safe").check()
    ask(page, "帮助")
    page.locator(f"{NEAR} .info").last.click()
    page.wait_for_selector(".xml")

    assert page.locator(".xml").count() == 4
    posted, opened = (page.locator(".xml pre").nth(n).text_content() for n in (1, 0))
    assert "Encrypt" in posted
    assert "帮助" not in posted
    assert "帮助" in opened


def test_a_conversation_is_saved_and_replayed_word_for_word(page: Any, tmp_path: Path) -> None:
    ask(page, "四君子汤由哪些药组成？")
    ask(page, "它治什么？")
    with page.expect_download() as saving:
        page.locator("#save").click()
    kept = tmp_path / "conversation.json"
    saving.value.save_as(kept)
    told = json.loads(kept.read_text(encoding="utf-8"))

    page.set_input_files("#replay-file", kept)
    page.wait_for_selector("#toast:visible")

    assert [turn["text"] for turn in told["turns"]] == ["", "四君子汤由哪些药组成？", "它治什么？"]
    assert "3 / 3" in page.inner_text("#toast")
    assert page.locator(".mark.good").count() == 3


def test_the_pytest_is_downloaded(page: Any) -> None:
    with page.expect_download() as saving:
        page.locator("#export").click()

    assert saving.value.suggested_filename == "test_conversation.py"
    assert "def test_" in Path(saving.value.path()).read_text(encoding="utf-8")


def test_two_models_answers_stand_one_below_the_other(page: Any) -> None:
    page.fill(f"{NEAR} textarea", "四君子汤由哪些药组成？")
    page.locator("#compare").click()
    page.wait_for_selector("#drawer-body .answer >> nth=1")

    names = page.locator("#drawer-body h3").all_inner_texts()
    answers = page.locator("#drawer-body .answer").all_inner_texts()
    assert set(names) == {"tcm", "other"}
    assert answers[0] == answers[1], "a copy of the model, asked with the same seed"


def test_what_cannot_work_here_says_so(page: Any) -> None:
    page.locator("#steal").click()

    assert "access_token" in page.inner_text("#toast")
    assert page.locator("#steal.cannot").count() == 1


def test_english_and_dark_stay_after_a_reload(page: Any) -> None:
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.keyboard.press("d")
    page.reload()
    page.wait_for_selector(f"{NEAR} .info")

    assert page.inner_text(f"{NEAR} .send") == "Send"
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.locator(f"{NEAR} .row").count() == 1, "the conversation is still there"


def test_a_phone_screen_shows_one_thing_at_a_time(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator("#panel").is_hidden()

    page.locator("#panel-open").click()
    page.locator("#two").click()
    page.locator("#panel-close").click()
    page.locator("[data-tab=B]").click()

    assert page.locator(".phone:visible").get_attribute("data-follower") == "B"
    page.locator("[data-tab=A]").click()
    assert page.locator(".phone:visible").get_attribute("data-follower") == "A"
