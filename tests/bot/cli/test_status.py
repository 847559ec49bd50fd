"""Output of `xinglin status` and `xinglin reload`."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from tests.bot.cli.conftest import Command
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.store.records import Ack, WorkerInfo

pytestmark = pytest.mark.redis
TOKEN = "admin-token"
Serve = Callable[[Flask], str]


def beat(store: Store, name: str, host: str = "h") -> None:
    store.models.heartbeat(WorkerInfo(name, 7, host, "cpu", "tcm", "1", 0, 0, 0.0))


def test_status_without_workers_says_how_to_start_one(xinglin: Command) -> None:
    ended = xinglin("status")

    assert ended.code == 1
    assert "rq worker -w workers.worker.EngineWorker turns" in ended.out


def test_status_shows_workers_queue_and_counts(xinglin: Command, store: Store) -> None:
    beat(store, "w1")
    store.inbox.accept(store.user_key("o1"), "o1", "m1", "问", wait_s=0)
    store.metrics.count("turns", n=3)

    ended = xinglin("status")

    assert ended.code == 0
    for words in ("1 worker(s) alive", "w1", "tcm", "waiting 1", "turns 3"):
        assert words in ended.out


def test_a_service_and_redis_say_the_same(
    xinglin: Command, store: Store, app: Flask, serve: Serve
) -> None:
    beat(store, "w1")
    url = serve(app)

    direct = json.loads(xinglin("status", "--json").out)
    asked = json.loads(xinglin("status", "--json", "--url", url, admin_token=TOKEN).out)

    for found in (direct, asked):
        found["counts"].pop("overdue_s")
    assert {name: direct[name] for name in asked} == asked


def test_here_counts_this_host_only(
    xinglin: Command, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat(store, "w1", host="elsewhere")
    monkeypatch.setattr("socket.gethostname", lambda: "pod-1")

    assert xinglin("status", "--here").code == 1
    beat(store, "w2", host="pod-1")
    assert xinglin("status", "--here").code == 0


@pytest.mark.parametrize(
    ("token", "words"), [("", "XINGLIN_ADMIN_TOKEN is not set"), ("other", "another")]
)
def test_a_wrong_admin_token_is_said(
    xinglin: Command, app: Flask, serve: Serve, token: str, words: str
) -> None:
    ended = xinglin("status", "--url", serve(app), **({"admin_token": token} if token else {}))

    assert ended.code == 2
    assert words in ended.err


def test_a_service_without_admin_is_said(
    xinglin: Command, make_app: Callable[[Settings], Flask], bot_settings: Settings, serve: Serve
) -> None:
    url = serve(make_app(replace(bot_settings, admin_token="")))

    ended = xinglin("status", "--url", url, admin_token=TOKEN)

    assert ended.code == 2
    assert "started without XINGLIN_ADMIN_TOKEN" in ended.err


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:1", "nothing answers"),
        ("http://example.org", "unencrypted"),
        ("http://127.0.0.1:port", "port"),
        ("127.0.0.1:8000", "no address"),
        ("http://", "unencrypted"),
    ],
)
def test_an_address_that_will_not_do_is_said(xinglin: Command, url: str, words: str) -> None:
    ended = xinglin("status", "--url", url, admin_token=TOKEN)

    assert ended.code == 2
    assert words in ended.err


def answer_announcement(store: Store, *acks: Ack) -> threading.Thread:
    def run() -> None:
        deadline = time.monotonic() + 10
        while (want := store.models.want()) is None and time.monotonic() < deadline:
            time.sleep(0.02)
        assert want is not None
        for ack in acks:
            store.models.acknowledge(want.gen, ack)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_reload_says_who_took_it_and_who_did_not(
    xinglin: Command, store: Store, app: Flask, serve: Serve
) -> None:
    beat(store, "w1")
    beat(store, "w2")
    thread = answer_announcement(store, Ack("w1", "new", "ok"), Ack("w2", "new", "failed", "torn"))

    ended = xinglin("reload", "new", "--url", serve(app), "--timeout", "5", admin_token=TOKEN)
    thread.join()

    assert ended.code == 1
    assert ended.out == "  w1: serves new\n  w2: kept its model: torn\n"


def test_reload_of_nonsense_is_refused(xinglin: Command, app: Flask, serve: Serve) -> None:
    ended = xinglin("reload", "../x", "--url", serve(app), admin_token=TOKEN)

    assert ended.code == 2
    assert "name of a folder" in ended.err
