"""All that a request asks of Redis ends in time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from xinglin.errors import StoreUnavailable
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.store.time_limit import time_limit

pytestmark = pytest.mark.redis


@pytest.fixture
def mute() -> Iterator[int]:
    """A port where connections are taken and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        taken: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    taken.append(listener.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield listener.getsockname()[1]
        for one in taken:
            one.close()


def test_a_server_that_says_nothing_is_waited_for_no_longer_than_the_limit(mute: int) -> None:
    store = Store.open(Settings(redis_url=f"redis://127.0.0.1:{mute}/0"))
    began = time.monotonic()

    with pytest.raises(StoreUnavailable), time_limit(began + 0.4):
        store.ping()
    first = time.monotonic() - began
    with pytest.raises(StoreUnavailable), time_limit(began):
        store.ping()

    assert 0.3 < first < 0.8
    assert time.monotonic() - began - first < 0.1
    store.close()


def test_after_the_limit_nothing_is_sent_and_a_connection_serves_on(store: Store) -> None:
    with time_limit(time.monotonic() + 5):
        assert store.ping()
    with pytest.raises(StoreUnavailable), time_limit(time.monotonic() - 1):
        store.stats.count("sent")

    assert "sent" not in store.stats.snapshot()
    assert store.ping()


def test_a_blocking_read_of_another_thread_has_no_limit(store: Store) -> None:
    found: list[object] = []
    with time_limit(time.monotonic() + 0.1):
        thread = threading.Thread(target=lambda: found.append(store.redis.blpop(["xl:x"], 1)))
        thread.start()
    thread.join()

    assert found == [None]
