"""The dashboard's door: signing in, tickets, guesses, and what a change needs."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.admin import GUESSES_PER_MINUTE
from bot.admin.auth import COOKIE, CSRF_HEADER
from tests.bot.signing import AUTH, BASE, sign_in
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.store.records import WorkerInfo

pytestmark = pytest.mark.redis
USER = "0123456789abcdef01234567"
STATIC = Path(__file__).resolve().parents[3] / "bot" / "admin" / "static"


def beat(store: Store, name: str, model: str = "tcm", gen: int = 0) -> None:
    store.models.heartbeat(WorkerInfo(name, 1, "h", "cpu", model, "1", gen, 2, 0.0))


def test_without_a_token_the_dashboard_is_off_and_says_so(
    make_app: Callable[[Settings], Flask], bot_settings: Settings
) -> None:
    client = make_app(replace(bot_settings, admin_token="")).test_client()

    for path in ("/admin", "/admin/overview", "/admin/static/dashboard.js", "/admin/status"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "XINGLIN_ADMIN_TOKEN" in answer.text
    assert client.post("/admin/login", json={"token": ""}).status_code == 404


def test_the_page_shows_nothing_before_signing_in(client: FlaskClient, store: Store) -> None:
    beat(store, "secret-worker")

    page = client.get("/admin")

    assert page.status_code == 200
    assert 'type="password"' in page.text
    assert "data-csrf" not in page.text
    assert client.get("/admin/overview").status_code == 401


def test_the_ticket_is_out_of_reach_of_scripts_other_sites_and_plain_lines(
    client: FlaskClient,
) -> None:
    here = client.post("/admin/login", base_url=BASE, json={"token": "admin-token"})
    cookie = here.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/admin" in cookie
    assert "Secure" not in cookie, "this machine needs no TLS"
    for base in ("https://bot.example.com", "http://bot.example.com", "https://127.0.0.1"):
        away = client.post("/admin/login", base_url=base, json={"token": "admin-token"})
        assert "Secure" in away.headers["Set-Cookie"], base


def test_a_ticket_opens_every_reading_page_and_signing_out_ends_it(client: FlaskClient) -> None:
    sent = sign_in(client)
    for path in ("overview", "status", "dead", "feedback", "audit", "rq", f"users/{USER}"):
        assert client.get(f"/admin/{path}", base_url=BASE).status_code == 200, path
    ticket = client.get_cookie(COOKIE, path="/admin", domain="127.0.0.1")
    assert ticket is not None

    assert client.post("/admin/logout", base_url=BASE, headers=sent).status_code == 200

    client.set_cookie(COOKIE, ticket.value, path="/admin", domain="127.0.0.1")
    assert client.get("/admin/overview", base_url=BASE).status_code == 401, "a kept copy is no use"


def test_tickets_do_not_outlive_the_token_and_redis_does_not_know_them(
    client: FlaskClient, make_app: Callable[[Settings], Flask], bot_settings: Settings, store: Store
) -> None:
    sign_in(client)
    ticket = client.get_cookie(COOKIE, path="/admin", domain="127.0.0.1")
    assert ticket is not None
    kept = b"".join(store.redis.get(key) + key for key in store.redis.keys("xl:session:*"))
    assert ticket.value.encode() not in kept
    assert b"admin-token" not in kept

    changed = make_app(replace(bot_settings, admin_token="another-token")).test_client()
    changed.set_cookie(COOKIE, ticket.value, path="/admin", domain="127.0.0.1")

    assert changed.get("/admin/overview", base_url=BASE).status_code == 401


def test_a_ticket_ends_after_twelve_hours_however_busy(client: FlaskClient, store: Store) -> None:
    sign_in(client)
    (key,) = store.redis.keys("xl:session:*")
    assert 0 < store.redis.ttl(key) <= 3600
    import json

    fields = json.loads(store.redis.get(key))
    store.redis.set(key, json.dumps(fields | {"until": int(time.time()) - 1}))

    assert client.get("/admin/overview", base_url=BASE).status_code == 401
    assert store.redis.exists(key) == 0


def test_guessing_at_the_sign_in_is_limited_together_with_the_calls(client: FlaskClient) -> None:
    half = GUESSES_PER_MINUTE // 2
    for _ in range(half):
        assert client.post("/admin/login", json={"token": "guess"}).status_code == 401
    for _ in range(GUESSES_PER_MINUTE - half):
        client.get("/admin/status", headers={"Authorization": "Bearer guess"})

    assert client.post("/admin/login", json={"token": "admin-token"}).status_code == 429
    assert client.get("/admin/status", headers=AUTH).status_code == 429


def test_who_is_signed_in_is_not_locked_out_by_another_guesser(client: FlaskClient) -> None:
    sign_in(client)
    for _ in range(GUESSES_PER_MINUTE + 1):
        client.get("/admin/status", headers={"Authorization": "Bearer guess"})

    assert client.get("/admin/overview", base_url=BASE).status_code == 200


CHANGES = [
    ("POST", "reload"), ("POST", "rollback"), ("POST", "pause"), ("POST", "resume"),
    ("POST", "workers/w1/drain"), ("POST", "dead/x/requeue"), ("DELETE", "dead/x"),
    ("DELETE", "feedback/x"), ("POST", f"users/{USER}/suspend"), ("DELETE", f"users/{USER}"),
    ("DELETE", f"users/{USER}/suspend"), ("POST", f"users/{USER}/export"), ("POST", "quota"),
    ("POST", "logout"),
]  # fmt: skip


def test_every_change_is_in_the_list_that_is_tried_below(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("admin.")]
    changing = {
        (method, re.sub(r"<[^>]+>", "*", rule.rule.removeprefix("/admin/")))
        for rule in rules
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }
    tried = {
        (method, re.sub(r"users/[0-9a-f]{24}|(dead|feedback)/x|workers/w1",
                        lambda m: m[0].split("/")[0] + "/*", path))
        for method, path in CHANGES
    }  # fmt: skip

    assert changing - {("POST", "login")} == tried


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_a_change_needs_more_than_the_ticket(
    client: FlaskClient, store: Store, method: str, path: str
) -> None:
    right = sign_in(client)
    wrong = (
        {},
        {CSRF_HEADER: "guess"},
        right | {"Origin": "http://evil.example"},
        right | {"Sec-Fetch-Site": "cross-site"},
        right | {CSRF_HEADER: ""},
    )
    for headers in wrong:
        answer = client.open(
            f"/admin/{path}", method=method, base_url=BASE, headers=headers, json={}
        )
        assert answer.status_code == 403, headers

    entries = [entry["what"] for entry in store.audit.entries()]
    assert entries == ["login"], "nothing was done"
    allowed = client.open(f"/admin/{path}", method=method, base_url=BASE, headers=right, json={})
    assert allowed.status_code != 403


def test_signing_in_from_another_page_is_refused(client: FlaskClient) -> None:
    headers = {"Origin": "http://evil.example"}
    answer = client.post(
        "/admin/login", base_url=BASE, headers=headers, json={"token": "admin-token"}
    )

    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers
    form = client.post("/admin/login", base_url=BASE, data={"token": "admin-token"})
    assert form.status_code == 401, "a form of another page needs no leave to post"


@pytest.mark.parametrize("path", ["/admin", "/admin/overview"])
def test_the_page_is_kept_nowhere_and_runs_no_inline_code(client: FlaskClient, path: str) -> None:
    sign_in(client)
    answer = client.get(path, base_url=BASE)

    assert answer.headers["Cache-Control"] == "no-store"
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son[a-z]+=|style=|javascript:", answer.text)


def test_scripts_build_the_page_without_reading_html_from_data() -> None:
    for path in STATIC.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)


def test_every_word_of_the_page_is_there_in_both_languages(client: FlaskClient) -> None:
    sign_in(client)
    page = client.get("/admin", base_url=BASE).text + client.get("/admin").text

    assert page.count("data-zh=") == page.count("data-en=") > 30
