"""`xinglin backup` and `xinglin restore`, as one types them."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis import Redis

from bot.cli import backup
from tests.bot.cli.conftest import Command
from tests.conftest import RealRedis
from xinglin.store import Store
from xinglin.store.records import WorkerInfo

pytestmark = pytest.mark.redis
WORKER = WorkerInfo("w1", 1, "h", "cpu", "tcm", "1", 0, 0, 0.0)


def test_from_one_redis_to_another_and_back_into_none_that_keeps_something(
    xinglin: Command, store: Store, tmp_path: Path
) -> None:
    user = store.user_key("oFollower")
    store.inbox.accept(user, "oFollower", "m1", "很私密的话", wait_s=0)
    file, there = str(tmp_path / "b.zip"), RealRedis()
    try:
        made = xinglin("backup", file, "--without-models")
        restored = xinglin("restore", file, redis_url=there.url)
        again = xinglin("restore", file, redis_url=there.url)
        forced = xinglin("restore", file, "--force", redis_url=there.url)
        with Redis.from_url(there.url) as client:
            waiting = client.llen(f"xl:{{{user}}}:inbox")
    finally:
        there.close()

    assert made.code == 0
    assert "1 followers, 1 questions waiting" in made.out
    assert "没有加密" in made.out
    assert restored.code == 0
    assert "1 questions waiting; 0 had expired" in restored.out
    assert "已恢复" in restored.out
    assert again.code == 2
    assert "keeps something already" in again.err
    assert "不会合并" in again.err
    assert (forced.code, waiting) == (0, 1)
    assert "私密" not in made.out + restored.out + again.err


def test_nothing_is_restored_under_those_who_serve(
    xinglin: Command, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(tmp_path / "b.zip")
    xinglin("backup", file, "--without-models")
    monkeypatch.setattr(backup, "GONE_S", 0.3)
    store.models.heartbeat(WORKER)

    kept = xinglin("backup", file, "--without-models")
    moved = xinglin("backup", "--move", file)
    restored = xinglin("restore", file, "--force")

    assert (kept.code, moved.code, restored.code) == (0, 2, 2)
    assert "not to move with" in kept.out.replace("\n", " ")
    assert "still running: worker w1" in moved.err
    assert "还在运行" in restored.err


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_what_cannot_be_is_a_sentence(xinglin: Command, tmp_path: Path, command: str) -> None:
    ended = xinglin(command, str(tmp_path / "nowhere" / "b.zip"))

    assert ended.code == 2
    assert "nowhere" in ended.err
    assert "无法读写" in ended.err
