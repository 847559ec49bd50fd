"""The dashboard: signing in, what it shows, and what an operator does there."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.admin import GUESSES_PER_MINUTE
from bot.admin.door import COOKIE, CSRF_HEADER
from xinglin import texts
from xinglin.settings import Settings
from xinglin.store import Reply, Store
from xinglin.store.records import Ack, WorkerInfo

pytestmark = pytest.mark.redis
AUTH = {"Authorization": "Bearer admin-token"}
BASE = "http://127.0.0.1"
USER = "0123456789abcdef01234567"
STATIC = Path(__file__).resolve().parents[2] / "bot" / "admin" / "static"


def beat(store: Store, name: str, model: str = "tcm", gen: int = 0) -> None:
    store.models.heartbeat(WorkerInfo(name, 1, "h", "cpu", model, "1", gen, 2, 0.0))


def sign_in(client: FlaskClient, token: str = "admin-token", base: str = BASE) -> dict[str, str]:
    """Sign in and return the header that changes need."""
    answer = client.post("/admin/login", base_url=base, json={"token": token})
    assert answer.status_code == 200, answer.text
    found = re.search(r'data-csrf="([^"]+)"', client.get("/admin", base_url=base).text)
    assert found is not None
    return {CSRF_HEADER: found[1], "Origin": base}


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


def test_the_overview_shows_what_the_service_did(
    client: FlaskClient, store: Store, platform: Any, worker: Any, app: Flask
) -> None:
    from bot.services import services

    beat(store, "w1")
    store.redis.delete("xl:sampling")
    client.get("/admin/overview", headers=AUTH)
    assert platform.say("黄芪").startswith("答：黄芪")
    assert platform.say("帮助") == texts.HELP
    platform.say("赞")
    store.stats.count("send_refused_45015", 3)
    with app.app_context():
        services().store.meter.flush()
    store.redis.delete("xl:sampling")

    seen = client.get("/admin/overview", headers=AUTH).json

    assert seen is not None
    assert seen["state"] == "ready"
    assert seen["paths"] == {"passive": 1, "tap": 0, "message": 0, "fixed": 2, "late": 0}
    assert seen["errors"] == [{"what": "send_errors", "code": "45015", "n": 3}]
    assert [found["name"] for found in seen["workers"]] == ["w1"]
    assert seen["workers"][0]["heard_s"] < 5
    assert seen["model"]["serving"] == [
        {"model": "tcm", "version": "1", "backend": "cpu", "workers": 1}
    ]
    assert seen["votes"]["up"] == 1
    assert seen["recent"]["asked"] == 1.0
    assert 0 < seen["recent"]["p50"] < 1
    assert seen["points"][-1]["paths"][0] > 0
    assert "黄芪" not in str(seen)
    assert "o1" not in str(seen["workers"])


def test_without_workers_the_overview_says_down_and_paused_is_its_own_state(
    client: FlaskClient, store: Store
) -> None:
    def state() -> str:
        seen = client.get("/admin/overview", headers=AUTH).json
        assert seen is not None
        return str(seen["state"])

    assert state() == "down"
    beat(store, "w1")
    assert state() == "ready"
    store.pause.begin(60)
    assert state() == "paused"


@pytest.mark.parametrize("minutes", ["nan", "-1", "x", "1e9", ""])
def test_an_odd_range_is_made_a_sensible_one(client: FlaskClient, minutes: str) -> None:
    assert client.get(f"/admin/overview?minutes={minutes}", headers=AUTH).status_code == 200


def test_a_pause_takes_no_question_answers_danger_and_ends(
    client: FlaskClient, platform: Any, worker: Any, store: Store
) -> None:
    sent = sign_in(client)
    answer = client.post("/admin/pause", base_url=BASE, headers=sent, json={"hours": 2})
    assert answer.status_code == 200
    assert 7100 < store.pause.left_s() <= 7200

    assert platform.say("黄芪") == texts.PAUSED
    assert platform.say("帮助") == texts.HELP
    assert "120" in platform.say("我胸痛得厉害，喘不上气")
    assert worker.seen == []

    assert client.post("/admin/resume", base_url=BASE, headers=sent).status_code == 200
    assert platform.say("黄芪").startswith("答：黄芪")
    assert client.post("/admin/resume", base_url=BASE, headers=sent).status_code == 404
    assert [e["what"] for e in store.audit.entries()][:2] == ["resume", "pause"]


@pytest.mark.parametrize("hours", [0, -1, "x", True, None, 1e9, float("nan")])
def test_a_pause_of_nonsense_is_refused(client: FlaskClient, store: Store, hours: Any) -> None:
    assert client.post("/admin/pause", headers=AUTH, json={"hours": hours}).status_code == 400
    assert store.pause.left_s() == 0


def acknowledge_all(store: Store, rounds: int) -> threading.Thread:
    """Let one worker take every announcement."""

    def run() -> None:
        seen, deadline = 0, time.monotonic() + 15
        while seen < rounds and time.monotonic() < deadline:
            want = store.models.want()
            if want is not None and want.gen > seen:
                seen = want.gen
                beat(store, "w1", want.name, want.gen)
                store.models.acknowledge(want.gen, Ack("w1", want.name, "ok"))
            time.sleep(0.02)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_rollback_goes_back_to_what_served_before_and_forth_again(
    client: FlaskClient, store: Store
) -> None:
    assert client.post("/admin/rollback", headers=AUTH).status_code == 409
    beat(store, "w1")
    thread = acknowledge_all(store, 3)

    assert client.post("/admin/reload", headers=AUTH, json={"model": "new"}).status_code == 200
    back = client.post("/admin/rollback", headers=AUTH)
    forth = client.post("/admin/rollback", headers=AUTH)
    thread.join()

    assert back.json is not None
    assert forth.json is not None
    assert (back.json["model"], forth.json["model"]) == ("tcm", "new")
    assert [e["what"] for e in store.audit.entries()] == ["rollback", "rollback", "reload"]


def test_a_model_that_nobody_took_is_nothing_to_go_back_to(
    client: FlaskClient, store: Store
) -> None:
    beat(store, "w1")

    client.post("/admin/reload", headers=AUTH, json={"model": "bad", "timeout_s": 0.2})

    assert store.models.past() == ["tcm"]


def test_draining_asks_a_live_worker_once(client: FlaskClient, store: Store) -> None:
    beat(store, "w1")
    heard = store.redis.pubsub()
    heard.subscribe("rq:pubsub:w1")
    while heard.get_message(timeout=1) is None:
        pass

    first = client.post("/admin/workers/w1/drain", headers=AUTH)
    second = client.post("/admin/workers/w1/drain", headers=AUTH)
    unknown = client.post("/admin/workers/w2/drain", headers=AUTH)

    assert (first.status_code, second.status_code, unknown.status_code) == (200, 409, 404)
    message = heard.get_message(timeout=2)
    assert message is not None
    assert b"shutdown" in message["data"]
    assert heard.get_message(timeout=0.2) is None, "a second one would drop everything"
    heard.close()


def test_a_worker_that_does_not_listen_is_named(client: FlaskClient, store: Store) -> None:
    beat(store, "w1")

    for _ in range(2):
        answer = client.post("/admin/workers/w1/drain", headers=AUTH)
        assert answer.status_code == 409
        assert "SIGTERM" in answer.text


def test_a_user_is_looked_at_without_words_and_exported_with_them(
    client: FlaskClient, store: Store, platform: Any, worker: Any
) -> None:
    platform.say("黄芪有什么功效")
    user = store.user_key("o1")

    seen = client.get(f"/admin/users/{user[:8]}", headers=AUTH)
    full = client.post(f"/admin/users/{user[:8]}/export", headers=AUTH)

    assert seen.json is not None
    assert (seen.json["user"], seen.json["turns"], seen.json["suspended_s"]) == (user, 1, 0)
    assert "黄芪" not in seen.text
    assert full.json is not None
    assert full.json["turns"][0]["user"] == "黄芪有什么功效"
    assert "attachment" in full.headers["Content-Disposition"]
    assert store.audit.entries()[0]["what"] == "export"
    assert client.delete(f"/admin/users/{user}", headers=AUTH).status_code == 200
    gone = client.get(f"/admin/users/{user}", headers=AUTH).json
    assert gone is not None
    assert gone["turns"] == 0


def test_dead_letters_are_seen_and_tried_again(client: FlaskClient, store: Store) -> None:
    store.inbox.accept(USER, "o1", "7", "黄芪", wait_s=0)
    claim = store.turns.take(USER)
    assert claim is not None
    store.dead.bury(claim)
    store.turns.commit(claim, Reply("抱歉", False, "", "7", "o1"), None)
    sent = sign_in(client)
    (entry,) = (client.get("/admin/dead", base_url=BASE).json or {})["dead"]

    answer = client.post(f"/admin/dead/{entry['name']}/requeue", base_url=BASE, headers=sent)

    assert answer.status_code == 200
    assert store.dead.entries() == []
    assert store.redis.llen(f"xl:{{{USER}}}:inbox") == 1


def test_the_card_of_a_served_model_is_shown(client: FlaskClient, store: Store) -> None:
    store.models.describe("tcm@1", {"fields": {"codec": "gb18030"}, "readme": "# tcm"})

    found = client.get("/admin/card?model=tcm@1", headers=AUTH)

    assert found.json == {"fields": {"codec": "gb18030"}, "readme": "# tcm"}
    assert client.get("/admin/card?model=other@1", headers=AUTH).status_code == 404


def test_rqs_own_view_counts_bells_and_unpacks_no_job(client: FlaskClient, store: Store) -> None:
    store.inbox.accept(USER, "o1", "7", "黄芪", wait_s=0)
    (job,) = store.redis.lrange("rq:queue:turns", 0, -1)
    key = b"rq:job:" + job
    store.redis.hset(key, "meta", b"cos\nsystem\n(S'touch /tmp/never'\ntR.")
    store.redis.hset(key, "description", "words " + USER)

    seen = client.get("/admin/rq", headers=AUTH)

    assert seen.json is not None
    assert seen.json["counts"]["queued"] == 1
    assert seen.json["jobs"][0]["status"] == "queued"
    assert USER not in seen.text
    assert not Path("/tmp/never").exists()


def test_the_platform_is_asked_for_quota_only_where_the_account_may_send(
    client: FlaskClient,
) -> None:
    answer = client.post("/admin/quota", headers=AUTH)

    assert answer.status_code == 409
    assert "custom/send" in answer.text


def test_when_redis_is_away_the_dashboard_says_so(
    make_app: Callable[[Settings], Flask], bot_settings: Settings
) -> None:
    gone = make_app(replace(bot_settings, redis_url="unix:///nowhere/r.sock", id_key="k"))

    answer = gone.test_client().get("/admin/overview", headers=AUTH)

    assert answer.status_code == 503
    assert "Redis is away" in answer.text
