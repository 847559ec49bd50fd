"""The worker as RQ runs it: it runs jobs of the ready queue, and nothing else that stands in RQ's."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from rq import Queue
from rq.serializers import DefaultSerializer, JSONSerializer

from xinglin.settings import Settings
from xinglin.store import Store

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.redis


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def burst(url: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a worker until its queue is empty and its turns are done."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("XINGLIN_")}
    env |= {"XINGLIN_REDIS_URL": url, "XINGLIN_BACKEND": "echo"} | more
    command = [sys.executable, "-c", "from rq.cli import main; main()", "worker", "--burst"]
    return subprocess.run(
        [*command, "-w", "workers.worker.EngineWorker", "turns"],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def ask(store: Store, number: int) -> str:
    user = store.user_key(f"o{number}")
    store.inbox.accept(user, f"o{number}", "m", f"第{number}个问题", wait_s=0)
    return user


def test_bombs_and_foreign_jobs_are_refused_and_the_next_message_is_answered(
    store: Store, redis_url: str, tmp_path: Path
) -> None:
    armed, target = tmp_path / "armed", tmp_path / "exploded"
    pickle.loads(pickle.dumps(Bomb(armed)))
    assert armed.exists(), "the bomb must work, else the test proves nothing"
    pickled = Queue("turns", connection=store.redis, serializer=DefaultSerializer)
    bomb = pickle.dumps(Bomb(target))
    for place, packed in (("data", zlib.compress(bomb)), ("meta", bomb)):
        store.redis.hset(pickled.enqueue("workers.jobs.look_at_user", "u").key, place, packed)
    queue = Queue("turns", connection=store.redis, serializer=JSONSerializer)
    ours = "workers.jobs.look_at_user"
    foreign = [queue.enqueue("os.mkdir", str(target)), queue.enqueue(ours, {"user": "u"})]
    foreign += [queue.enqueue(ours, "u"), queue.enqueue(ours, "u")]
    store.redis.hset(foreign[2].key, "success_callback_name", "os.mkdir")
    hook = {"url": "http://127.0.0.1:9/", "job_status": "finished"}
    store.redis.hset(foreign[3].key, "webhooks", json.dumps([hook]))
    user = ask(store, 1)

    done = burst(redis_url)

    assert not target.exists()
    assert [turn.user for turn in store.conversation.read(user)] == ["第1个问题"], done.stderr
    left = {job.key: store.redis.hgetall(job.key) for job in foreign if store.redis.exists(job.key)}
    assert left == {}, done.stderr
    assert done.stderr.count("job_refused") >= len(foreign)
    for key in store.redis.keys("rq:*"):
        assert user.encode() not in store.redis.dump(key), "RQ keeps nothing about the user"
    assert "第1个问题" not in done.stderr + done.stdout


def test_a_worker_with_the_wrong_history_key_says_so_and_ends(store: Store, redis_url: str) -> None:
    right = Settings(redis_url=redis_url, history_key=Fernet.generate_key().decode())
    other = Store.open(right)
    other.verify_history_key()
    other.close()

    ended = burst(redis_url, XINGLIN_HISTORY_KEY=Fernet.generate_key().decode())

    assert ended.returncode == 2
    assert "XINGLIN_HISTORY_KEY does not open" in ended.stderr
    assert "Traceback" not in ended.stderr
