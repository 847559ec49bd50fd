"""Ready, degraded, down."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from bot.services import current_services
from xinglin.diagnostics import find_problems
from xinglin.store import Store
from xinglin.store.records import WorkerInfo

pytestmark = pytest.mark.redis
WORKER = WorkerInfo("w1", 1, "h", "cpu", "tcm", "1", 0, 0, 0.0)


def state(client: FlaskClient) -> tuple[int, str, list[str]]:
    answer = client.get("/readyz")
    assert answer.json is not None
    return answer.status_code, answer.json["state"], answer.json.get("problems", [])


def test_without_a_worker_the_service_is_down_and_with_one_ready(
    client: FlaskClient, store: Store
) -> None:
    assert state(client)[:2] == (503, "down")
    store.models.heartbeat(WORKER)

    assert state(client) == (200, "ready", [])


def test_what_does_not_stop_the_service_is_named(client: FlaskClient, store: Store) -> None:
    store.models.heartbeat(replace(WORKER, problem="no access token: 40164"))
    store.redis.zadd("xl:active", {"u": int(1000 * time.time()) - 30_000})
    store.redis.set("xl:queued", 450)
    store.models.announce("new")
    store.redis.config_set("maxmemory-policy", "allkeys-lru")
    store.redis.config_set("maxmemory", "500mb")
    try:
        code, name, problems = state(client)
    finally:
        store.redis.config_set("maxmemory", "0")
        store.redis.config_set("maxmemory-policy", "noeviction")

    assert (code, name) == (200, "degraded")
    for words in ("40164", "overdue", "450 messages", "announced model new", "noeviction"):
        assert any(words in problem for problem in problems), words


def test_the_dashboard_says_each_problem_in_chinese_too(client: FlaskClient, store: Store) -> None:
    store.models.heartbeat(WORKER)
    store.redis.zadd("xl:active", {"u": int(1000 * time.time()) - 30_000})
    store.redis.set("xl:queued", 450)
    store.models.announce("new")
    store.pause.begin(60)
    with client.application.app_context():
        settings = current_services().settings
        found = find_problems(store, settings, store.models.workers())

    assert len(found) == 4
    for problem in found:
        assert re.search("[一-鿿]", problem.zh)
        assert not re.search("[一-鿿]", problem)
