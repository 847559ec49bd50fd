"""Access of the commands: settings, the store in Redis, and a running service by its address."""

from __future__ import annotations

import http.client
import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from bot.console.guard import is_loopback
from xinglin.bilingual import Notice, reason
from xinglin.embedded.running import find_running
from xinglin.errors import SettingsError
from xinglin.settings import NEW_SECRET, Settings
from xinglin.store import Store

LARGEST_ANSWER = 32 << 20  # bytes; an export of one follower is the longest
_Command = TypeVar("_Command", bound=Callable[..., Any])


def read_settings() -> Settings:
    """Read the settings; without a Redis address take that of the embedded server, if it runs."""
    settings = Settings.from_env()
    if settings.redis_url:
        return settings
    return find_running(settings) or settings


@contextmanager
def open_store(settings: Settings | None = None) -> Iterator[Store]:
    """Open the store and see that it answers.

    Raises:
        SettingsError: no Redis is named and no embedded one runs.
        StoreUnavailable: Redis does not answer.
    """
    settings = settings or read_settings()
    if not settings.redis_url:
        raise SettingsError(
            Notice(
                "XINGLIN_REDIS_URL is not set, and no `xinglin run` is under way in this folder;"
                f" set it, or give --env-file{same_var(settings)}",
                "没有设 XINGLIN_REDIS_URL，这个文件夹里也没有正在运行的 `xinglin run`；"
                f"请设置它，或加上 --env-file{same_var(settings).zh}",
            )
        )
    store = Store.open(settings)
    try:
        store.ping()
        yield store
    finally:
        store.close()


def same_var(settings: Settings) -> Notice:
    """Return what to look at where no embedded server was found."""
    return Notice(
        f"; if it runs, set XINGLIN_VAR as for the service (here it is {settings.var})",
        f"；服务若在运行，请把 XINGLIN_VAR 设成和服务一样（这里是 {settings.var}）",
    )


def service_url(given: str | None) -> str:
    """Return the address of the service: as given, else where it listens by default."""
    if given:
        return given
    return f"http://127.0.0.1:{8000 if os.environ.get('XINGLIN_REDIS_URL') else 5000}"


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer of a service."""

    status: int
    body: bytes

    def fields(self) -> dict[str, Any]:
        """Return the JSON object of the body; empty when it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Service:
    """A running service, reached by HTTP.

    Attributes:
        url: without a path, or with the prefix that a proxy puts before ours.
        timeout_s: of connecting and of each read.
    """

    url: str
    timeout_s: float = 10.0

    def call(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make one request.

        Raises:
            click.ClickException: the address is none, or nothing answers there.
            TimeoutError: something does, but not in time.
        """
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise click.ClickException(
                Notice(
                    f"{self.url!r} is no address; write http://host:port",
                    f"“{self.url}”不是地址；应写成 http://主机:端口",
                )
            )
        kind = http.client.HTTPSConnection
        connection = (kind if parts.scheme == "https" else http.client.HTTPConnection)(
            parts.hostname, self._port(), timeout=self.timeout_s
        )
        try:
            connection.request(method, parts.path.rstrip("/") + path, body, dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, answer.read(LARGEST_ANSWER))
        except TimeoutError:
            raise
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = reason(error)
            raise click.ClickException(
                Notice(
                    f"nothing answers at {self.url} ({why}); is the service running?"
                    " `xinglin run` starts one, --url names another",
                    f"{self.url} 没有回应（{why.zh}）；服务在运行吗？"
                    "`xinglin run` 可以启动，--url 指定别的地址",
                )
            ) from error
        finally:
            connection.close()

    def admin(self, settings: Settings, method: str, name: str, **body: object) -> Answer:
        """Call one of the /admin pages with the token of the settings.

        Raises:
            click.ClickException: there is no token, it is refused, or it would travel unencrypted.
        """
        token = settings.admin_token
        if not token:
            raise click.ClickException(
                Notice(
                    "XINGLIN_ADMIN_TOKEN is not set; it opens /admin: give it here and to the"
                    f" service; make one: {NEW_SECRET}",
                    "没有设 XINGLIN_ADMIN_TOKEN，/admin 要用它；请在这里和服务里都设上；"
                    f"生成一个：{NEW_SECRET}",
                )
            )
        parts = urlsplit(self.url)
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise click.ClickException(
                Notice(
                    "the admin token would travel unencrypted; use https://",
                    "管理令牌会以明文传输；请用 https://",
                )
            )
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body else None
        try:
            answer = self.call(method, f"/admin/{name}", body=data, headers=headers)
        except TimeoutError as error:
            raise click.ClickException(too_late(self.url)) from error
        if answer.status == 401:
            raise click.ClickException(
                Notice(
                    "the service has another XINGLIN_ADMIN_TOKEN than ours; give its --env-file",
                    "服务用的是另一个 XINGLIN_ADMIN_TOKEN；请用服务的 --env-file",
                )
            )
        if answer.status == 404:
            raise click.ClickException(
                Notice(
                    f"{self.url} has no /admin: that service was started without"
                    " XINGLIN_ADMIN_TOKEN; set it there and restart the web side",
                    f"{self.url} 没有 /admin：那个服务启动时没有设 XINGLIN_ADMIN_TOKEN；"
                    "请设上并重启 web",
                )
            )
        return answer

    def _port(self) -> int | None:
        try:
            return urlsplit(self.url).port
        except ValueError as error:
            raise click.ClickException(
                Notice(
                    f"{self.url!r} has no port that exists; ports are 1 to 65535",
                    f"“{self.url}”的端口不存在；端口是 1 到 65535",
                )
            ) from error


def too_late(url: str) -> Notice:
    """Return that a service did not answer in time."""
    return Notice(
        f"{url} did not answer in time; look at its log, and whether its Redis answers",
        f"{url} 没有及时回应；请看它的日志，以及它的 Redis 是否正常",
    )


class Seconds(click.FloatRange):
    """A number of seconds; unlike click's own range it refuses NaN, which no deadline reaches."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number, or say why not."""
        found: float = super().convert(value, param, ctx)
        if math.isnan(found):
            self.fail(f"{value!r} is not a number of seconds.", param, ctx)
        return found


def url_option(what: str) -> Callable[[_Command], _Command]:
    """Return the option --url, whose help says `what` is done there."""
    return click.option("--url", metavar="URL", help=what)
