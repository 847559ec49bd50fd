"""The pictures of the console and the dashboard in the documentation, taken in a real browser.

    XINGLIN_ADMIN_TOKEN=... flask run &
    XINGLIN_ADMIN_TOKEN=... python -m benchmarks.screenshots --out docs/images

Without the token the dashboard is left out; `--only dashboard` leaves the console out.
Needs `pip install playwright` and a Chromium: `playwright install chromium`, or `--browser PATH`.
Fails when a page writes an error to the browser's console.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

DESKTOP, PHONE = (520, 1000), (390, 844)
WIDE = {"width": 1280, "height": 900}
QUESTIONS = ("四君子汤由哪些药组成？", "它治什么？", "我最近总睡不好")
_ANSWER = ".row:not(.mine) .bubble:not(.dots)"


def ask(page: Any, question: str) -> None:
    """Send a text as a follower does, and wait for the answer."""
    before = page.locator(_ANSWER).count()
    page.fill("#text", question)
    page.press("#text", "Enter")
    page.wait_for_function(
        "([rows, n]) => document.querySelectorAll(rows).length > n", arg=[_ANSWER, before]
    )


def tell_story(page: Any, steps: int) -> None:
    """Open how the first answer came about, and point at one of its characters."""
    page.locator("details summary").nth(1).click()
    page.wait_for_selector(".picture span")
    page.locator(".picture").focus()
    for _ in range(steps):
        page.keyboard.press("ArrowRight")
    page.locator(".drafts").scroll_into_view_if_needed()


def take(url: str, out: Path, browser: str, questions: Sequence[str]) -> list[str]:
    """Take all pictures; returns what the browser complained of."""
    from playwright.sync_api import sync_playwright

    complaints: list[str] = []
    with sync_playwright() as playwright:
        options = {"executable_path": browser} if browser else {}
        chromium = playwright.chromium.launch(args=["--no-sandbox"], **options)
        page = chromium.new_page(viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{url}/console")
        page.wait_for_selector(_ANSWER)
        for question in questions:
            ask(page, question)
        page.screenshot(path=out / "console.png")
        tell_story(page, 12)
        page.screenshot(path=out / "console-story.png")
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        page.screenshot(path=out / "console-phone-dark.png")
        chromium.close()
    return complaints


def sign_in(page: Any, url: str, token: str) -> None:
    """Open the dashboard, first with a wrong token."""
    page.goto(f"{url}/admin")
    page.fill("#token", "not the token")
    page.press("#token", "Enter")
    page.wait_for_function("document.querySelector('#said').textContent")
    page.fill("#token", token)
    page.press("#token", "Enter")
    page.wait_for_selector("#tiles .tile")


def use_dashboard(page: Any) -> None:
    """Use it by keyboard: sections, chart, and a question that is not confirmed."""
    page.keyboard.press("3")
    assert page.evaluate("document.activeElement.id") == "model", "3 is the third section"
    page.keyboard.press("?")
    page.wait_for_selector("#dialog[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("#dialog[open]", state="detached")
    page.click("#pause")
    assert page.evaluate("document.activeElement.id") == "dialog-no", "nothing happens by Enter"
    page.keyboard.press("Enter")
    page.wait_for_selector("#dialog[open]", state="detached")
    assert page.evaluate("document.querySelector('#pause').dataset.paused") == ""
    page.focus("#chart-time svg")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector("#chart-time .cursor", state="attached")
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")


def take_dashboard(url: str, out: Path, browser: str, token: str) -> list[str]:
    """Take the dashboard's pictures; returns what the browser complained of."""
    from playwright.sync_api import sync_playwright

    complaints: list[str] = []
    with sync_playwright() as playwright:
        options = {"executable_path": browser} if browser else {}
        chromium = playwright.chromium.launch(args=["--no-sandbox"], **options)
        page = chromium.new_context(locale="zh-CN", viewport=WIDE).new_page()
        sign_in(page, url, token)
        # From here on: the wrong token's 401 is no complaint.
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.wait_for_function("document.querySelectorAll('#worker-rows tr').length > 1")
        use_dashboard(page)
        page.screenshot(path=out / "dashboard.png")
        page.emulate_media(color_scheme="dark")
        page.keyboard.press("l")
        page.wait_for_timeout(1000)
        page.screenshot(path=out / "dashboard-dark.png")
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        page.wait_for_timeout(500)
        page.screenshot(path=out / "dashboard-phone-dark.png")
        page.emulate_media(color_scheme="light")
        page.keyboard.press("2")
        page.wait_for_timeout(500)
        page.screenshot(path=out / "dashboard-phone.png")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE[0]:
            complaints.append(f"the page is {width} px wide on a phone of {PHONE[0]}")
        page.click("#leave")
        page.wait_for_selector("#token")
        chromium.close()
    return complaints


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.screenshots")
    parser.add_argument("--url", default="http://127.0.0.1:5000")
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    parser.add_argument("--browser", default="", help="a Chromium; default: Playwright's own")
    parser.add_argument("--only", choices=("console", "dashboard"))
    parser.add_argument("questions", nargs="*", default=list(QUESTIONS))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    token = os.environ.get("XINGLIN_ADMIN_TOKEN", "")
    complaints = []
    if args.only != "dashboard":
        complaints += take(args.url, args.out, args.browser, args.questions)
    if args.only != "console" and token:
        complaints += take_dashboard(args.url, args.out, args.browser, token)
    if complaints:
        raise SystemExit("the browser complained: " + "; ".join(complaints))


if __name__ == "__main__":
    main()
