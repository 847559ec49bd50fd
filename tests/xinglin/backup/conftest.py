"""Two places: the one of the other fixtures, and an empty Redis elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from tests.conftest import RealRedis
from xinglin.settings import Settings
from xinglin.store import Store


@pytest.fixture(scope="session")
def other_redis() -> Iterator[RealRedis]:
    server = RealRedis()
    yield server
    server.close()


@pytest.fixture
def elsewhere(other_redis: RealRedis, settings: Settings, tmp_path: Path) -> Settings:
    """Settings of a new place."""
    with Redis.from_url(other_redis.url) as client:
        client.flushall()
    return replace(settings, redis_url=other_redis.url, models=tmp_path / "elsewhere" / "models")


@pytest.fixture
def new_store(open_store: Callable[..., Store], elsewhere: Settings) -> Store:
    return open_store(elsewhere)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with one small model; what it holds does not matter here."""
    folder = tmp_path / "models" / "small"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(bytes(range(256)) * 40)
    (folder / "config.json").write_text('{"name": "small"}')
    return folder.parent
