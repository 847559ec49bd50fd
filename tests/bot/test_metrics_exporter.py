"""`/metrics`: right under several processes, guarded, and in a format that Prometheus reads."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from bot.metrics_exporter import GUESSES_PER_MINUTE
from bot.services import current_services
from xinglin.metrics import METRICS, SECONDS
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.store.records import WorkerInfo
from xinglin.wechat.envelope import Envelope
from xinglin.wechat.replies import text_push

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.redis
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(text: str) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: Samples, name: str, /, **labels: str) -> float:
    return found.get((name, tuple(sorted(labels.items()))), 0.0)


def test_exactly_the_listed_metrics_are_shown(client: FlaskClient, store: Store) -> None:
    store.models.heartbeat(WorkerInfo("w1", 1, "h", "cpu", "tcm", "1", 0, 2, 0.0))
    shown = client.get("/metrics")

    families = list(text_string_to_metric_families(shown.text))

    assert shown.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    kinds = {family.name: family.type for family in families}
    assert kinds == {m.full.removesuffix("_total"): m.kind for m in METRICS}
    found = read(shown.text)
    assert value(found, "xinglin_workers") == 1
    assert value(found, "xinglin_model_info", model="tcm", version="1", backend="cpu") == 1
    assert value(found, "xinglin_worker_in_flight", worker="w1") == 2


def test_pushes_and_replies_are_counted_by_what_became_of_them(
    client: FlaskClient, app: Flask, platform: Any, worker: Any, store: Store
) -> None:
    platform.say("黄芪", number=9)
    platform.say("黄芪", number=9)
    platform.say("帮助")
    client.post("/wechat", data=b"<xml></xml>")
    store.stats.count("votes_up", 2)
    store.stats.count("something_new")
    with app.app_context():
        current_services().store.metrics.flush()

    found = read(client.get("/metrics").text)

    requests_total = "xinglin_webhook_requests_total"
    assert value(found, requests_total, type="text", outcome="passive") == 2
    assert value(found, requests_total, type="text", outcome="fixed") == 1
    assert value(found, requests_total, type="unknown", outcome="forbidden") == 1
    assert value(found, "xinglin_dedupe_hits_total") == 1
    assert value(found, "xinglin_replies_total", path="passive") == 2
    assert value(found, "xinglin_feedback_total", vote="up") == 2
    assert value(found, "xinglin_events_total", name="something_new") == 1
    assert value(found, "xinglin_webhook_seconds_count", answer="model") == 2
    assert value(found, "xinglin_redis_seconds_count") == 3


def test_buckets_only_rise_and_end_in_the_count(
    client: FlaskClient, app: Flask, store: Store
) -> None:
    for seconds in (0.01, 0.2, 0.2, 7, 1000):
        store.metrics.observe("webhook_seconds", seconds, "model")
    store.metrics.flush()

    found = read(client.get("/metrics").text)
    bounds = [*(f"{bound:g}" for bound in SECONDS), "+Inf"]
    rows = [
        next(v for (n, labels), v in found.items()
             if n == "xinglin_webhook_seconds_bucket" and dict(labels)["le"] in (b, f"{b}.0"))
        for b in bounds
    ]  # fmt: skip

    assert rows == sorted(rows)
    assert rows[0] == 1
    assert rows[SECONDS.index(0.2)] == 3, "a bound belongs to its bucket"
    assert rows[-1] == value(found, "xinglin_webhook_seconds_count", answer="model") == 5
    assert value(found, "xinglin_webhook_seconds_sum", answer="model") == pytest.approx(1007.41)


def test_another_machine_needs_the_token(
    make_app: Callable[[Settings], Flask], bot_settings: Settings
) -> None:
    client = make_app(replace(bot_settings, metrics_token="metrics-token")).test_client()
    away = {"REMOTE_ADDR": "10.0.0.9"}

    def ask(token: str = "", **more: Any) -> int:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return client.get("/metrics", headers=headers, **more).status_code

    assert ask(environ_overrides=away) == 401
    assert ask("metrics", environ_overrides=away) == 401
    assert ask("metrics-token", environ_overrides=away) == 200
    assert ask("admin-token", environ_overrides=away) == 200
    assert ask() == 200, "this machine needs none"
    assert client.get("/metrics", headers={"X-Forwarded-For": "1.2.3.4"}).status_code == 401
    assert client.get("/metrics", base_url="http://bot.example.com").status_code == 401


def test_without_any_token_another_machine_cannot_look_at_all(
    make_app: Callable[[Settings], Flask], bot_settings: Settings
) -> None:
    client = make_app(replace(bot_settings, admin_token="")).test_client()

    for given in ("", "Bearer", "Bearer "):
        answer = client.get(
            "/metrics",
            headers={"Authorization": given},
            environ_overrides={"REMOTE_ADDR": "10.0.0.9"},
        )
        assert answer.status_code == 401


def test_guessing_the_metrics_token_ends_in_429(client: FlaskClient) -> None:
    away = {"REMOTE_ADDR": "10.0.0.9"}
    wrong = {"Authorization": "Bearer guess"}
    codes = [
        client.get("/metrics", headers=wrong, environ_overrides=away).status_code
        for _ in range(GUESSES_PER_MINUTE + 1)
    ]

    assert codes == [401] * GUESSES_PER_MINUTE + [429]


def test_a_small_body_is_given_while_redis_is_away(
    make_app: Callable[[Settings], Flask], bot_settings: Settings
) -> None:
    gone = make_app(replace(bot_settings, redis_url="unix:///nowhere/r.sock", id_key="k"))

    answer = gone.test_client().get("/metrics")

    assert answer.status_code == 503
    assert value(read(answer.text), "xinglin_redis_up") == 0.0


@pytest.fixture
def service(redis_url: str, tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Three gunicorn processes and two RQ workers that echo."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {k: v for k, v in os.environ.items() if not k.startswith("XINGLIN_")}
    env |= {"XINGLIN_REDIS_URL": redis_url, "XINGLIN_BACKEND": "echo", "XINGLIN_WECHAT_TOKEN": "token",
            "XINGLIN_USER_RATE": "", "XINGLIN_WECHAT_APP_ID": "wx1"}  # fmt: skip
    web = [sys.executable, "-m", "gunicorn", "-w", "3", "-b", f"127.0.0.1:{port}", "wsgi:app"]
    worker = [sys.executable, "-c", "from rq.cli import main; main()", "worker"]
    worker += ["-w", "workers.worker.EngineWorker", "turns"]
    with (tmp_path / "log").open("w") as log:
        running = [
            subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
            for command in (web, worker, worker)
        ]
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                if requests.get(f"{url}/readyz", timeout=5).json().get("workers") == 2:
                    break
            except requests.RequestException:
                pass
            assert time.monotonic() < deadline, (tmp_path / "log").read_text()
            time.sleep(0.2)
        yield url, {"worker": str(running[1].pid), "web": str(running[0].pid)}
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(40)


@pytest.mark.slow
def test_three_web_processes_and_two_workers_show_one_sum_and_keep_it_when_one_ends(
    service: tuple[str, dict[str, str]],
) -> None:
    url, pids = service
    envelope = Envelope("token", "wx1", "")
    asked = 60
    for number in range(asked):
        xml = text_push(f"oUser{number % 7}", "gh", "黄芪有什么功效", str(10**6 + number), now=1)
        query, body = envelope.seal_push(xml, encrypted=False)
        answer = requests.post(f"{url}/wechat", params=query, data=body.encode(), timeout=10)
        assert answer.status_code == 200

    def scrape() -> Samples:
        # A new connection each time: any of the three may answer.
        return read(requests.get(f"{url}/metrics", timeout=60).text)

    deadline = time.monotonic() + 15
    total = ("xinglin_webhook_requests_total", {"type": "text", "outcome": "passive"})
    # Each of the five processes adds up on its own clock, so all of them are waited for.
    while True:
        found = scrape()
        reached = [value(found, total[0], **total[1])]
        reached += [value(found, "xinglin_webhook_seconds_count", answer="model")]
        reached += [
            value(found, "xinglin_turn_seconds_count", stage=s) for s in ("queue", "decode")
        ]
        if min(reached) >= asked:
            break
        assert time.monotonic() < deadline, reached
        time.sleep(0.2)
    for _ in range(12):
        found = scrape()
        assert value(found, total[0], **total[1]) == asked
        assert value(found, "xinglin_turns_total") == asked
        assert value(found, "xinglin_webhook_seconds_count", answer="model") == asked
        assert value(found, "xinglin_turn_seconds_count", stage="queue") == asked
        assert value(found, "xinglin_engine_bytes_total", direction="reply") > 0

    # One worker is killed and every web process replaced; nothing falls.
    os.kill(int(pids["worker"]), signal.SIGKILL)
    os.kill(int(pids["web"]), signal.SIGHUP)
    time.sleep(3)
    again = scrape()  # waits until the new processes are up
    assert value(again, "xinglin_turns_total") == asked
    assert value(again, total[0], **total[1]) == asked
    assert value(again, "xinglin_turn_seconds_count", stage="decode") == asked
