"""A request waits for a Redis that is away, and a Redis that wakes up late does no harm."""

from __future__ import annotations

import signal
import threading
import time
from dataclasses import replace

import pytest

from tests.conftest import RealRedis
from tests.xinglin.store.handing import answer, ask
from xinglin.errors import StoreError
from xinglin.settings import Settings
from xinglin.store import Store, keys

pytestmark = pytest.mark.redis


def test_a_request_waits_for_a_redis_that_comes_back(settings: Settings) -> None:
    server = RealRedis()
    own = replace(settings, redis_url=server.url)
    web, worker = Store.open(own), Store.open(own)
    user = ask(web, "o1", "m1")
    answer(worker, user, "好")
    time.sleep(1.2)  # what the log is synced by
    server.kill()
    threading.Timer(0.8, server.start).start()

    began = time.monotonic()
    reply = web.handoff.wait(user, "m1", 8.0)
    assert reply is not None
    assert reply.text == "好"
    assert 0.5 < time.monotonic() - began < 7.0

    server.kill()
    threading.Timer(0.8, server.start).start()
    assert web.handoff.delivered(user, "m1", 8.0)

    web.close()
    worker.close()
    server.close()


def test_what_redis_comes_to_after_the_answer_left_is_no_note_of_showing(
    settings: Settings,
) -> None:
    server = RealRedis()
    own = replace(settings, redis_url=server.url)
    web, worker = Store.open(own), Store.open(own)
    user = ask(web, "o1", "m1")
    answer(worker, user, "好")
    assert web.handoff.wait(user, "m1", 5.0) is not None

    server.process.send_signal(signal.SIGSTOP)
    with pytest.raises(StoreError):
        web.handoff.delivered(user, "m1", 0.1)
    server.process.send_signal(signal.SIGCONT)

    worker.redis.zadd(keys.UNDELIVERED, {f"{user}|m1": 1}, xx=True)
    assert worker.turns.reroute() == 1
    web.close()
    worker.close()
    server.close()


def test_a_redis_that_stays_away_is_said(settings: Settings) -> None:
    server = RealRedis()
    web = Store.open(replace(settings, redis_url=server.url))
    user = ask(web, "o1", "m1")
    server.kill()

    with pytest.raises(StoreError):
        web.handoff.wait(user, "m1", 0.6)
    with pytest.raises(StoreError):
        web.handoff.delivered(user, "m1", 0.6)

    web.close()
    server.close()
