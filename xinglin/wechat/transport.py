"""One HTTP call to the platform, bounded in time and memory as a whole, following no redirect.

`requests` bounds each read, not the call: a host that sends a byte now and then holds it for ever.
Here the connection's socket knows when the call must be over, and every wait on it ends then.
"""

from __future__ import annotations

import io
import socket
import threading
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

from xinglin.clock import SYSTEM, Clock

CALL_S = 8.0
CONNECT_S = 3.05
ANSWER_LIMIT_BYTES = 64 * 1024

_call = threading.local()


class Transport:
    """Calls with connections that are kept for the next call; safe for threads."""

    def __init__(self, call_s: float = CALL_S, clock: Clock = SYSTEM) -> None:
        self._call_s, self._clock = call_s, clock
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter())

    def post(self, url: str, body: bytes) -> tuple[int, bytes]:
        """Post JSON; return (status, answer). A redirect is an answer as any other.

        Raises:
            OSError: there is no answer, not in time, or a larger one than the limit.
        """
        _call.clock, _call.ends = self._clock, self._clock.monotonic() + self._call_s
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Accept-Encoding": "identity",  # a packed answer could be a thousand times larger
        }
        with self._session.post(
            url,
            data=body,
            headers=headers,
            timeout=(min(CONNECT_S, self._call_s), self._call_s),
            allow_redirects=False,
            stream=True,
        ) as answer:
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                raise requests.exceptions.ContentDecodingError("the answer is packed")
            return answer.status_code, _read(answer)

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()


def _read(answer: requests.Response) -> bytes:
    try:
        found: bytes = answer.raw.read(ANSWER_LIMIT_BYTES + 1, decode_content=False)
    except HTTPError as error:
        raise requests.exceptions.ConnectionError(type(error).__name__) from None
    if len(found) > ANSWER_LIMIT_BYTES:
        raise requests.exceptions.ConnectionError("the answer is too large")
    return found


def _left_s() -> float:
    """Return what is left of this thread's call.

    Raises:
        TimeoutError: nothing is.
    """
    left: float = _call.ends - _call.clock.monotonic()
    if left <= 0:
        raise TimeoutError("the call took too long")
    return left


class _Adapter(HTTPAdapter):
    """Makes connections of ours."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class _Bounded:
    """A connection whose every wait ends with the call."""

    sock: Any
    _dns_host: str
    port: int

    def _new_conn(self) -> socket.socket:
        """Connect to the first address of the host that answers, within the call's time."""
        last: Exception | None = None
        try:
            found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
            for *_, address in found:
                try:
                    made = socket.create_connection(
                        (str(address[0]), self.port), min(CONNECT_S, _left_s())
                    )
                    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    return made
                except OSError as error:
                    last = error
        except (OSError, UnicodeError) as error:
            last = error
        raise NewConnectionError(self, f"no connection: {type(last).__name__}") from last  # type: ignore[arg-type]  # a mixin

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]  # urllib3's
        self.sock = _Socket(self.sock)


class _Connection(_Bounded, HTTPConnection):
    pass


class _TlsConnection(_Bounded, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


_POOLS = {"http": _Pool, "https": _TlsPool}


class _Socket:
    """A socket that sends and is read within the call's time."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock

    def sendall(self, data: Any) -> None:
        self._sock.settimeout(_left_s())
        self._sock.sendall(data)

    def makefile(self, mode: str, *args: Any, **kwargs: Any) -> io.BufferedReader:
        del args, kwargs
        return io.BufferedReader(_Reader(self._sock, self._sock.makefile(mode, buffering=0)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class _Reader(io.RawIOBase):
    """Reads from a socket, and waits no longer than the call may take."""

    def __init__(self, sock: Any, raw: io.RawIOBase) -> None:
        self._sock, self._raw = sock, raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(_left_s())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
