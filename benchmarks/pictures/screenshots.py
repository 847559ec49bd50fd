"""The pictures of the console and the dashboard in the documentation, taken in a real browser.

    XINGLIN_ADMIN_TOKEN=... flask run &
    XINGLIN_ADMIN_TOKEN=... python -m benchmarks.pictures.screenshots --out docs/images

Without the token the dashboard is left out; `--only dashboard` leaves the console out.
Needs Playwright (in the extra `dev`) and a Chromium: one on PATH, `--browser PATH`, or Playwright's
own (`playwright install chromium`). Fails when a page complains in the browser.
"""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.pictures.dashboard import take_dashboard

DESKTOP, WIDE, PHONE = (1280, 860), (1500, 900), (390, 844)
QUESTIONS = ("玉屏风散里有哪几味药？", "甘草是什么味道？", "我手脚冰凉怎么办")
_NEAR = ".phone.current"
_ANSWER = f"{_NEAR} .info, {_NEAR} .notice"


def find_chromium() -> str:
    """Return a Chromium on PATH; "" for none."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), "")


def settled(page: Any, act: Callable[[], object]) -> None:
    """Do something that is answered, and wait for the answer."""
    before = page.locator(_ANSWER).count()
    act()
    page.wait_for_function(
        "([what, n]) => document.querySelectorAll(what).length > n", arg=[_ANSWER, before]
    )


def ask(page: Any, question: str) -> None:
    """Send a text as a follower does, and wait for the answer."""
    page.fill(f"{_NEAR} textarea", question)
    settled(page, lambda: page.press(f"{_NEAR} textarea", "Enter"))


def tell_story(page: Any, answer: int, steps: int) -> None:
    """Open how an answer came about, and point at one of its characters."""
    page.locator(f"{_NEAR} .info").nth(answer).click()
    page.wait_for_selector(".picture span")
    page.locator(".picture").focus()
    for _ in range(steps):
        page.keyboard.press("ArrowRight")


def unsurest(page: Any) -> int:
    """Return the number of the character that the model was least sure of, from 1."""
    heats = page.locator(".picture span").evaluate_all(
        "spans => spans.map((one) => Number(one.style.getPropertyValue('--heat')))"
    )
    return int(heats.index(max(heats))) + 1


def resize(page: Any, size: tuple[int, int]) -> None:
    """Give the page another window."""
    page.set_viewport_size({"width": size[0], "height": size[1]})


def show_setup(page: Any, out: Path) -> None:
    """Picture the steps of an account's first hour."""
    page.keyboard.press("Escape")
    page.locator("#safe").check()
    ask(page, "四君子汤由哪些药组成？")
    tell_story(page, -1, 0)
    for number in range(2):
        page.locator(".xml summary").nth(number).click()
    page.locator(".xml").first.scroll_into_view_if_needed()
    page.screenshot(path=out / "console-safe-mode.png")
    page.keyboard.press("Escape")
    page.locator("#safe").uncheck()


def show_followers(page: Any, out: Path) -> None:
    """Picture two followers, voice, a place, the menu, and a lost acknowledgement."""
    resize(page, WIDE)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("2")
    page.wait_for_selector(f"{_NEAR}[data-follower=B] .info")
    page.locator(f"{_NEAR} .speak").click()
    ask(page, "桂枝汤治什么？")
    page.locator(f"{_NEAR} .plus").click()
    settled(page, lambda: page.locator(f"{_NEAR} [data-kind=location]").click())
    page.locator("input[value=lost]").check()
    ask(page, "当归是什么味道？")
    page.locator(f"{_NEAR} .to-menu").click()
    page.locator(f"{_NEAR} .has-sub").first.click()
    page.screenshot(path=out / "console-two-followers.png")
    page.locator(f"{_NEAR} .to-keys").click()
    page.locator("#two").click()


def show_phone(page: Any, out: Path) -> None:
    """Picture a small screen, light and dark, and the drawer on it."""
    resize(page, PHONE)
    page.evaluate("document.querySelector('.phone.current .chat').scrollTop = 1e6")
    page.screenshot(path=out / "console-phone.png")
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=out / "console-phone-dark.png")
    tell_story(page, 1, 4)
    page.screenshot(path=out / "console-phone-drawer.png")
    page.keyboard.press("Escape")


def take(url: str, out: Path, browser: str, questions: Sequence[str]) -> list[str]:
    """Take all pictures; returns what the browser complained of."""
    from playwright.sync_api import sync_playwright

    complaints: list[str] = []
    with sync_playwright() as playwright:
        path = browser or find_chromium()
        options = {"executable_path": path} if path else {}
        chromium = playwright.chromium.launch(args=["--no-sandbox"], **options)
        page = chromium.new_page(viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{url}/console")
        page.wait_for_selector(_ANSWER)
        for question in questions:
            ask(page, question)
        page.screenshot(path=out / "console.png")
        tell_story(page, 1, 0)
        page.locator(".picture span").nth(unsurest(page) - 1).hover()
        page.screenshot(path=out / "console-story.png")
        page.emulate_media(color_scheme="dark")
        page.screenshot(path=out / "console-dark.png")
        page.locator("#language").click()
        page.screenshot(path=out / "console-english.png")
        page.emulate_media(color_scheme="light")
        page.locator("#language").click()
        show_setup(page, out)
        show_followers(page, out)
        show_phone(page, out)
        chromium.close()
    return complaints


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pictures.screenshots")
    parser.add_argument("--url", default="http://127.0.0.1:5000")
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    parser.add_argument("--browser", default="", help="a Chromium; default: one on PATH")
    parser.add_argument("--only", choices=("console", "dashboard"))
    parser.add_argument("questions", nargs="*", default=list(QUESTIONS))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    token = os.environ.get("XINGLIN_ADMIN_TOKEN", "")
    complaints = []
    if args.only != "dashboard":
        complaints += take(args.url, args.out, args.browser, args.questions)
    if args.only != "console" and token:
        browser = args.browser or find_chromium()
        complaints += take_dashboard(args.url, args.out, browser, token)
    if complaints:
        raise SystemExit("the browser complained: " + "; ".join(complaints))


if __name__ == "__main__":
    main()
