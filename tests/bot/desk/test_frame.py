"""The desk's frame: its door, its languages, and the way between its pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.desk.frame import NAVIGATION
from tests.bot.signing import AUTH, BASE, sign_in
from xinglin.settings import Settings

pytestmark = pytest.mark.redis
PAGES = [page.name for page in NAVIGATION]
HTML = {"Accept": "text/html"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_shown_to_who_is_signed_in_only(client: FlaskClient, name: str) -> None:
    shut = client.get(f"/admin/desk/{name}", base_url=BASE, headers=HTML)
    assert shut.status_code == 401
    assert 'type="password"' in shut.text
    assert "data-csrf" not in shut.text

    sign_in(client)
    page = client.get(f"/admin/desk/{name}", base_url=BASE, headers=HTML)

    assert page.status_code == 200
    assert 'aria-current="page"' in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_the_desk_is_off_without_a_token(
    make_app: Callable[[Settings], Flask], bot_settings: Settings
) -> None:
    client = make_app(replace(bot_settings, admin_token="")).test_client()

    assert client.get("/admin/desk", headers=HTML).status_code == 404
    assert client.post("/admin/desk/versions/1/rollback", json={}).status_code == 404


def test_the_desk_leads_to_its_first_page_and_the_dashboard_to_it(client: FlaskClient) -> None:
    sign_in(client)

    assert client.get("/admin/desk", base_url=BASE).headers["Location"].endswith(PAGES[0])
    assert 'href="/admin/desk"' in client.get("/admin", base_url=BASE).text


def test_a_change_without_the_pages_token_is_refused(client: FlaskClient) -> None:
    sign_in(client)

    answer = client.post("/admin/desk/versions/1/rollback", base_url=BASE, json={})

    assert answer.status_code == 403
    told = client.post("/admin/desk/versions/1/rollback", headers=AUTH, json={"base": 0})
    assert told.status_code == 400, "there is no version yet"
    assert "版本" in told.json["problems"][0]["zh"] or "version" in told.json["error"]
