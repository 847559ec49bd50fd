"""The dashboard in pictures, and a walk through it by keyboard; see `screenshots.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PHONE = (390, 844)
WIDE = {"width": 1280, "height": 900}


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
