"""The pictures of the console in the documentation, taken in a real browser.

    flask run &
    python -m benchmarks.screenshots --out docs/images

Needs `pip install playwright` and a Chromium: `playwright install chromium`, or `--browser PATH`.
Fails when a page writes an error to the browser's console.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

DESKTOP, PHONE = (520, 1000), (390, 844)
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


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.screenshots")
    parser.add_argument("--url", default="http://127.0.0.1:5000")
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    parser.add_argument("--browser", default="", help="a Chromium; default: Playwright's own")
    parser.add_argument("questions", nargs="*", default=list(QUESTIONS))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    if complaints := take(args.url, args.out, args.browser, args.questions):
        raise SystemExit("the browser complained: " + "; ".join(complaints))


if __name__ == "__main__":
    main()
