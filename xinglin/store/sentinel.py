"""Redis behind Sentinels: they say which server is the master now.

`redis+sentinel://[user:password@]host[:port][,host[:port]...]/NAME[/DATABASE][?sentinel_password=...]`
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

SCHEME = "redis+sentinel"
PORT = 26379
TIMEOUT_S = 0.5  # of one Sentinel; the next one is asked then
_OPTIONS = {"sentinel_password"}


@dataclass(frozen=True, slots=True)
class SentinelAddress:
    """Parts of a Sentinel address.

    Attributes:
        hosts: of the Sentinels, (name, port) each.
        service: the name under which they watch the master.
        database: of the master.
        user, password: of the master.
        sentinel_password: of the Sentinels.
    """

    hosts: tuple[tuple[str, int], ...]
    service: str
    database: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    sentinel_password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> SentinelAddress:
        """Read an address.

        Raises:
            ValueError: it has another form than the one above.
        """
        # Some Pythons take a list of hosts with an IPv6 one among them for a broken address.
        scheme, _, rest = url.partition("://")
        place, slash, tail = rest.partition("/")
        parts = urlsplit(f"//{slash}{tail}")
        login, _, hosts = place.rpartition("@")
        user, _, password = login.partition(":")
        service, _, database = parts.path.strip("/").partition("/")
        options = parse_qs(parts.query, strict_parsing=bool(parts.query))
        if scheme != SCHEME or not service or not hosts or set(options) - _OPTIONS:
            raise ValueError(f"write {SCHEME}://host:port,host:port/NAME")
        return cls(
            hosts=tuple(_host(text) for text in hosts.split(",")),
            service=unquote(service),
            database=int(database or 0),
            user=unquote(user),
            password=unquote(password),
            sentinel_password=options.get("sentinel_password", [""])[0],
        )

    def connect(self, **options: Any) -> Any:
        """Return a client that follows the master; `options` are those of a connection."""
        login = {"username": self.user or None, "password": self.password or None}
        return self._sentinel().master_for(self.service, db=self.database, **login, **options)

    def master_url(self) -> str:
        """Return the plain address of the present master.

        Raises:
            redis.exceptions.ConnectionError: no Sentinel knows it.
        """
        host, port = self._sentinel().discover_master(self.service)
        login = f"{quote(self.user)}:{quote(self.password)}@" if self.password else ""
        shown = f"[{host}]" if ":" in str(host) else host
        return f"redis://{login}{shown}:{port}/{self.database}"

    def _sentinel(self) -> Any:
        asked: dict[str, Any] = {
            "socket_timeout": TIMEOUT_S,
            "socket_connect_timeout": TIMEOUT_S,
            "retry": Retry(NoBackoff(), 0),  # a follower waits; the next Sentinel is asked at once
        }
        if self.sentinel_password:
            asked["password"] = self.sentinel_password
        untyped: Any = Sentinel  # redis-py gives it no types
        return untyped(self.hosts, sentinel_kwargs=asked)


def _host(text: str) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError("a Sentinel has no name")
    return parts.hostname, parts.port or PORT
