"""Ready, degraded, down."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from redis.exceptions import RedisError

from bot import create_app
from bot.services import current_services
from xinglin.diagnostics import find_problems
from xinglin.errors import StoreError, told
from xinglin.settings import Settings
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


def test_a_redis_that_cannot_save_is_named_and_not_ready(client: FlaskClient, store: Store) -> None:
    """A folder stands where the snapshot would be written, as good as a full disk."""
    store.models.heartbeat(WORKER)
    file = Path(store.redis.config_get("dir")["dir"]) / "dump.rdb"
    file.mkdir()
    store.redis.config_set("save", "3600 1")
    try:
        with pytest.raises(StoreError) as refused:
            fail_to_save(store)
        code, name, problems = state(client)
        said = find_problems(store, Settings(), [])
    finally:
        store.redis.config_set("save", "")
        file.rmdir()
        store.redis.save()

    assert (code, name) == (200, "degraded")
    assert [problem for problem in problems if "MISCONF" in problem]
    assert any("磁盘" in problem.zh for problem in said)
    assert "磁盘" in told(refused.value), "what a worker or a command says then"
    assert state(client) == (200, "ready", [])


def fail_to_save(store: Store) -> None:
    """Let Redis try a snapshot until it refuses writes, and write."""
    deadline = time.monotonic() + 20
    while store.redis.info("persistence")["rdb_last_bgsave_status"] == "ok":
        assert time.monotonic() < deadline, "it could save"
        with suppress(RedisError):
            store.redis.bgsave()
        time.sleep(0.1)
    store.models.announce("tcm")


def test_a_full_disk_is_named_also_when_the_workers_could_not_say_that_they_live(
    client: FlaskClient, store: Store
) -> None:
    store.redis.config_set("maxmemory", "500mb")
    store.redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        code, name, problems = state(client)
    finally:
        store.redis.config_set("maxmemory", "0")
        store.redis.config_set("maxmemory-policy", "noeviction")

    assert (code, name) == (503, "down")
    assert any("noeviction" in problem for problem in problems)


def test_where_redis_is_away_nobody_is_told_its_address(settings: Settings) -> None:
    app = create_app(replace(settings, redis_url="redis://:secret@127.0.0.1:1/0"))

    answer = app.test_client().get("/readyz")

    assert answer.status_code == 503
    assert "Redis is away" in answer.text
    assert "127.0.0.1" not in answer.text
