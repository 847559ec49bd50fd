"""Admin, health and the console's door."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.admin import GUESSES_PER_MINUTE
from bot.console.guard import refusal
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.store.records import Ack, WorkerInfo

pytestmark = pytest.mark.redis
PROXY_HEADERS = [
    "x-forwarded-for",
    "X-Forwarded-Host",
    "X-Real-IP",
    "Forwarded",
    "Via",
    "CF-Connecting-IP",
]
AUTH = {"Authorization": "Bearer admin-token"}


def beat(store: Store, name: str) -> None:
    store.models.heartbeat(WorkerInfo(name, 1, "h", "cpu", "tcm", "1", 0, 0, 0.0))


@pytest.fixture
def answering(store: Store) -> Iterator[Callable[[dict[str, Ack]], None]]:
    """Lets workers acknowledge the next announcement."""
    threads: list[threading.Thread] = []

    def answer(acks: dict[str, Ack]) -> None:
        def run() -> None:
            deadline = time.monotonic() + 5
            while (want := store.models.want()) is None and time.monotonic() < deadline:
                time.sleep(0.02)
            if want is not None:
                for ack in acks.values():
                    store.models.acknowledge(want.gen, ack)

        threads.append(threading.Thread(target=run))
        threads[-1].start()

    yield answer
    for thread in threads:
        thread.join()


def test_admin_is_hidden_without_a_token_and_shut_without_the_right_one(
    client: FlaskClient, make_app: Callable[[Settings], Flask], bot_settings: Settings
) -> None:
    hidden = make_app(replace(bot_settings, admin_token="")).test_client()

    assert hidden.get("/admin/status", headers=AUTH).status_code == 404
    for given in ("", "Bearer", "Bearer x", "admin-token", "Bearer 密"):
        code = client.get("/admin/status", headers={"Authorization": given}).status_code
        assert code == 401
    assert client.get("/admin/status", headers=AUTH).status_code == 200


@pytest.mark.parametrize(
    "body", [None, [], {}, {"model": ""}, {"model": 1}, {"model": "../x"}, {"model": "a/b"},
             {"model": "a..b"}, {"model": "a", "timeout_s": "x"}, {"model": "a", "timeout_s": -1}],
)  # fmt: skip
def test_a_reload_of_nonsense_is_refused_and_announces_nothing(
    client: FlaskClient, store: Store, body: Any
) -> None:
    answer = client.post("/admin/reload", headers=AUTH, json=body)

    assert answer.status_code == 400
    assert store.models.want() is None


def test_a_reload_waits_for_every_live_worker(
    client: FlaskClient, store: Store, answering: Callable[[dict[str, Ack]], None]
) -> None:
    beat(store, "w1")
    beat(store, "w2")
    answering({name: Ack(name, "new", "ok") for name in ("w1", "w2")})

    answer = client.post("/admin/reload", headers=AUTH, json={"model": "new", "timeout_s": 5})

    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["ok"], answer.json["failed"]) == (["w1", "w2"], [])


def test_a_model_that_nobody_can_load_is_taken_back(
    client: FlaskClient, store: Store, answering: Callable[[dict[str, Ack]], None]
) -> None:
    beat(store, "w1")
    answering({"w1": Ack("w1", "bad", "failed", "truncated")})

    answer = client.post("/admin/reload", headers=AUTH, json={"model": "bad", "timeout_s": 5})

    assert answer.status_code == 409
    assert answer.json is not None
    assert answer.json["failed"] == [{"worker": "w1", "error": "truncated"}]
    assert store.models.want() is None


def test_a_silent_worker_is_named(client: FlaskClient, store: Store) -> None:
    beat(store, "w1")

    answer = client.post("/admin/reload", headers=AUTH, json={"model": "new", "timeout_s": 0.3})

    assert answer.status_code == 504
    assert answer.json is not None
    assert answer.json["missing"] == ["w1"]


def test_without_workers_the_announcement_stays_for_the_next_one(
    client: FlaskClient, store: Store
) -> None:
    answer = client.post("/admin/reload", headers=AUTH, json={"model": "new", "timeout_s": 1})

    assert answer.status_code == 503
    want = store.models.want()
    assert want is not None
    assert want.name == "new"


def test_ready_means_redis_and_a_worker(client: FlaskClient, store: Store) -> None:
    assert client.get("/readyz").status_code == 503
    beat(store, "w1")

    assert client.get("/readyz").status_code == 200
    assert "xinglin_workers 1" in client.get("/metrics").text


@pytest.mark.parametrize(
    ("remote", "host", "headers", "open_to"),
    [
        ("127.0.0.1", "127.0.0.1:5000", [], True),
        ("::1", "localhost:5000", [], True),
        ("127.0.0.1", "[::1]:5000", [], True),
        ("192.0.2.1", "127.0.0.1", [], False),
        ("127.0.0.1", "evil.example", [], False),
        ("127.0.0.1", "127.0.0.1.evil.example", [], False),
        *[("127.0.0.1", "localhost", [name], False) for name in PROXY_HEADERS],
    ],
)
def test_the_console_is_for_this_machine(
    remote: str, host: str, headers: list[str], open_to: bool
) -> None:
    assert (refusal(remote, host, headers) == "") is open_to


def test_the_console_refuses_a_proxy_that_sends_no_headers(client: FlaskClient) -> None:
    base = "http://127.0.0.1"
    proxied = {"SERVER_PROTOCOL": "HTTP/1.0"}

    assert client.get("/console", base_url=base).status_code == 200
    assert client.get("/console", base_url=base, environ_overrides=proxied).status_code == 403
    for name in PROXY_HEADERS:
        assert client.get("/console", base_url=base, headers={name: "x"}).status_code == 403


def test_the_console_composes_a_push_that_the_webhook_takes(
    client: FlaskClient, worker: Any
) -> None:
    page = client.get("/console", base_url="http://127.0.0.1")
    assert "杏林" in page.text
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
    for safe in (False, True):
        composed = client.post(
            "/console/compose",
            base_url="http://127.0.0.1",
            json={"follower": "oConsole", "text": "黄芪", "safe": safe},
        ).json
        assert composed is not None
        reply = client.post(composed["url"], data=composed["body"].encode())
        opened = client.post(
            "/console/open", base_url="http://127.0.0.1", json={"body": reply.text}
        ).json
        assert opened is not None
        assert opened["text"].startswith("答：黄芪")


def test_the_console_refuses_other_pages_and_nonsense(client: FlaskClient) -> None:
    base = "http://127.0.0.1"
    good = {"follower": "oConsole1", "text": "黄芪"}
    for name, value in (("Origin", "http://evil.example"), ("Origin", "null"), ("Origin", ""),
                        ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site")):  # fmt: skip
        for path in ("compose", "open"):
            foreign = client.post(
                f"/console/{path}", base_url=base, json=good, headers={name: value}
            )
            assert foreign.status_code == 403, (name, value)
    own = {"Origin": base, "Sec-Fetch-Site": "same-origin"}
    assert client.post("/console/compose", base_url=base, json=good, headers=own).status_code == 200
    form = client.post("/console/compose", base_url=base, data=good)
    assert form.status_code == 400, "a form of another page needs no leave to post"
    impersonated = client.post("/console/compose", base_url=base, json={"follower": "oRealPerson"})
    assert impersonated.status_code == 400
    assert client.post("/console/compose", base_url=base, data="x").status_code == 400
    bad = client.post("/console/compose", base_url=base, json={"follower": "<xml>"})
    assert bad.status_code == 400


def test_the_story_of_a_reply_is_told_of_the_consoles_own_followers_only(
    client: FlaskClient, store: Store
) -> None:
    base = "http://127.0.0.1"
    for follower in ("oConsole1", "oRealPerson"):
        store.traces.keep(store.user_key(follower), "9", '{"model": "tcm"}')

    found = client.get("/console/trace/oConsole1/9", base_url=base)

    assert found.status_code == 200
    assert found.json == {"model": "tcm"}
    for path in ("oConsole1/8", "oRealPerson/9", "oConsole1/x"):
        assert client.get(f"/console/trace/{path}", base_url=base).status_code == 404
    elsewhere = client.get(
        "/console/trace/oConsole1/9", environ_overrides={"REMOTE_ADDR": "10.0.0.9"}
    )
    assert elsewhere.status_code == 403


def test_guessing_the_admin_token_ends_in_429_and_only_for_that_address(
    client: FlaskClient, store: Store
) -> None:
    wrong = {"Authorization": "Bearer guess"}
    codes = [client.get("/admin/status", headers=wrong).status_code for _ in range(12)]
    right = client.get("/admin/status", headers=AUTH)
    elsewhere = client.get(
        "/admin/status", headers=AUTH, environ_overrides={"REMOTE_ADDR": "10.0.0.9"}
    )

    assert codes == [401] * GUESSES_PER_MINUTE + [429] * 2
    assert right.status_code == 429, "else guessing could go on behind the refusals"
    assert 1 <= int(right.headers["Retry-After"]) <= 60
    assert elsewhere.status_code == 200


def test_a_trusted_proxy_tells_addresses_apart_and_an_untrusted_one_cannot(
    make_app: Callable[[Settings], Flask], bot_settings: Settings
) -> None:
    wrong = {"Authorization": "Bearer guess"}
    direct = make_app(bot_settings).test_client()
    for n in range(GUESSES_PER_MINUTE):
        direct.get("/admin/status", headers=wrong | {"X-Forwarded-For": f"192.0.2.{n}"})

    assert direct.get("/admin/status", headers=AUTH).status_code == 429
    behind = make_app(replace(bot_settings, trusted_proxies=1)).test_client()
    assert (
        behind.get("/admin/status", headers=AUTH | {"X-Forwarded-For": "192.0.2.1"}).status_code
        == 200
    )


@pytest.mark.parametrize(
    "path", ["/", "/console", "/nowhere", "/wechat", "/admin/status", "/metrics"]
)
def test_every_answer_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path, base_url="http://127.0.0.1").headers

    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    if path in ("/console", "/admin/status"):
        assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "name",
    ["../../etc", "%2e%2e", "tcm/../x", "/etc/passwd", ".hidden", "a" * 65, "tcm\x00", "模型"],
)
def test_a_reload_takes_only_the_plain_name_of_a_folder(
    client: FlaskClient, store: Store, name: str
) -> None:
    assert client.post("/admin/reload", headers=AUTH, json={"model": name}).status_code == 400
    assert store.models.want() is None
