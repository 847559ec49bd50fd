"""A time limit for all that one request asks of Redis, and the place of a connection that fails.

Each command has a timeout of its own, but a request makes several, and may have to connect first:
on a slow line they add up. Within `time_limit` a connection waits no longer than what is left, and
sends nothing when nothing is left.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

PLACE = "xinglin_place"
"""Attribute of an error of redis-py that says where the connection led to."""
_ends_at: ContextVar[float | None] = ContextVar("ends_at", default=None)


@contextmanager
def time_limit(ends_at: float) -> Iterator[None]:
    """Let commands of this thread end by then, on the monotonic clock; later ones raise."""
    token = _ends_at.set(ends_at)
    try:
        yield
    finally:
        _ends_at.reset(token)


def limited(connection: type[Any]) -> type[Any]:
    """Return a connection class of redis-py that keeps to the limit."""
    return type(f"Limited{connection.__name__}", (_Limited, connection), {})


def _left_s() -> float | None:
    """Return what is left, at least a moment; None without a limit.

    Raises:
        RedisTimeoutError: nothing is left.
    """
    ends_at = _ends_at.get()
    if ends_at is None:
        return None
    left = ends_at - time.monotonic()
    if left <= 0:
        raise RedisTimeoutError("the time of this request is up")
    return left


class _Limited:
    """Mixin in front of a connection class; its attributes are those of redis-py."""

    _sock: Any
    socket_timeout: float | None
    socket_connect_timeout: float | None

    def _connect(self) -> Any:
        left = _left_s()
        if left is None:
            return super()._connect()  # type: ignore[misc]  # redis-py's
        usual = self.socket_connect_timeout
        self.socket_connect_timeout = min(usual or left, left)
        try:
            return super()._connect()  # type: ignore[misc]  # redis-py's
        finally:
            self.socket_connect_timeout = usual

    def connect(self, *args: Any, **options: Any) -> Any:
        try:
            return super().connect(*args, **options)  # type: ignore[misc]  # redis-py's
        except RedisError as error:
            raise self._placed(error) from error.__cause__

    def send_packed_command(self, *args: Any, **options: Any) -> Any:
        _left_s()
        try:
            return super().send_packed_command(*args, **options)  # type: ignore[misc]  # redis-py's
        except RedisError as error:
            raise self._placed(error) from error.__cause__

    def read_response(self, *args: Any, **options: Any) -> Any:
        try:
            return self._read_in_time(*args, **options)
        except RedisError as error:
            raise self._placed(error) from error.__cause__

    def _placed(self, error: RedisError) -> RedisError:
        """Note on an error where this connection leads to: its address, never its password."""
        setattr(error, PLACE, self._shown_place())
        return error

    def _shown_place(self) -> str:
        if path := getattr(self, "path", ""):
            return f"unix://{path}"
        pool = getattr(self, "connection_pool", None)
        if sentinels := getattr(getattr(pool, "sentinel_manager", None), "sentinels", ()):
            asked = [one.connection_pool.connection_kwargs for one in sentinels]
            hosts = ",".join(f"{one['host']}:{one['port']}" for one in asked)
            return f"{hosts}/{getattr(pool, 'service_name', '')}"
        return f"{getattr(self, 'host', '')}:{getattr(self, 'port', '')}"

    def _read_in_time(self, *args: Any, **options: Any) -> Any:
        try:
            left = _left_s()
        except RedisTimeoutError:
            self.disconnect()  # type: ignore[attr-defined]  # an answer is on its way, unread
            raise
        if left is None or self._sock is None:
            return super().read_response(*args, **options)  # type: ignore[misc]  # redis-py's
        usual = self.socket_timeout
        self._sock.settimeout(min(usual or left, left))
        try:
            return super().read_response(*args, **options)  # type: ignore[misc]  # redis-py's
        finally:
            if self._sock is not None:
                self._sock.settimeout(usual)
