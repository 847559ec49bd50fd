"""The dashboard: what it shows, and what an operator does there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import shipped as texts
from tests.bot.signing import AUTH, BASE, sign_in
from xinglin.settings import Settings
from xinglin.store import Reply, Store
from xinglin.store.records import Ack, WorkerInfo

pytestmark = pytest.mark.redis
USER = "0123456789abcdef01234567"


def beat(store: Store, name: str, model: str = "tcm", gen: int = 0) -> None:
    store.models.heartbeat(WorkerInfo(name, 1, "h", "cpu", model, "1", gen, 2, 0.0))


def test_the_overview_shows_what_the_service_did(
    client: FlaskClient, store: Store, platform: Any, worker: Any, app: Flask
) -> None:
    from bot.services import current_services

    beat(store, "w1")
    store.redis.delete("xl:sampling")
    client.get("/admin/overview", headers=AUTH)
    assert platform.say("黄芪").startswith("答：黄芪")
    assert platform.say("帮助") == texts.HELP
    platform.say("赞")
    store.metrics.count("send_errors", "45015", n=3)
    with app.app_context():
        current_services().store.metrics.flush()
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


def acknowledge_all(store: Store, rounds: int, seen: int = 0) -> threading.Thread:
    """Let one worker take every announcement after those that it has seen."""

    def run() -> None:
        nonlocal seen
        deadline = time.monotonic() + 15
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


def test_nobody_goes_back_to_a_model_that_never_served(
    make_app: Callable[[Settings], Flask], bot_settings: Settings, store: Store
) -> None:
    """A setting that is misspelt, or a name announced while no worker lived, is no model."""
    client = make_app(replace(bot_settings, model="tmc")).test_client()
    client.post("/admin/reload", headers=AUTH, json={"model": "never", "timeout_s": 0})
    beat(store, "w1")
    thread = acknowledge_all(store, 2, seen=1)

    client.post("/admin/reload", headers=AUTH, json={"model": "new"})
    thread.join()
    beat(store, "w1", "new", 2)

    assert store.models.past() == ["new", "tcm"]
    seen = client.get("/admin/overview", headers=AUTH).json
    assert seen is not None
    assert seen["model"]["previous"] == "tcm"


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
    store.dead_letters.add(claim)
    store.turns.commit(claim, Reply("抱歉", False, "", "7", "o1"), None)
    sent = sign_in(client)
    (entry,) = (client.get("/admin/dead", base_url=BASE).json or {})["dead"]

    answer = client.post(f"/admin/dead/{entry['name']}/requeue", base_url=BASE, headers=sent)

    assert answer.status_code == 200
    assert store.dead_letters.entries() == []
    assert store.redis.llen(f"xl:{{{USER}}}:inbox") == 1


def test_the_card_of_a_served_model_is_shown(client: FlaskClient, store: Store) -> None:
    store.models.describe("tcm@1", {"fields": {"codec": "gb18030"}, "readme": "# tcm"})

    found = client.get("/admin/card?model=tcm@1", headers=AUTH)

    assert found.json == {"fields": {"codec": "gb18030"}, "readme": "# tcm"}
    assert client.get("/admin/card?model=other@1", headers=AUTH).status_code == 404


def test_rqs_own_view_counts_bells_and_unpacks_no_job(
    client: FlaskClient, store: Store, tmp_path: Path
) -> None:
    never = tmp_path / "never"
    store.inbox.accept(USER, "o1", "7", "黄芪", wait_s=0)
    (job,) = store.redis.lrange("rq:queue:turns", 0, -1)
    key = b"rq:job:" + job
    store.redis.hset(key, "meta", f"cos\nsystem\n(S'touch {never}'\ntR.".encode())
    store.redis.hset(key, "description", "words " + USER)

    seen = client.get("/admin/rq", headers=AUTH)

    assert seen.json is not None
    assert seen.json["counts"]["queued"] == 1
    assert seen.json["jobs"][0]["status"] == "queued"
    assert USER not in seen.text
    assert not never.exists()


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
