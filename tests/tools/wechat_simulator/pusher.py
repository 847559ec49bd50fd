"""Pushes messages as the platform does: 5 seconds, three tries with one MsgId."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from tests.tools.wechat_simulator.judge import Defect, Shown, read_reply
from tests.tools.wechat_simulator.wire import Account, event_fields, text_fields

LIMIT_S = 5.0
TRIES = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of one message at the platform.

    Attributes:
        shown: the passive reply; None for none.
        acknowledged: a try was answered in time and in order, with or without a text.
        seconds: from the first try's start to the end.
        tries: how many were made.
        late: tries that were not answered within the limit.
        defects: what was wrong with replies, in words.
    """

    shown: Shown | None
    acknowledged: bool
    seconds: float
    tries: int
    late: int = 0
    defects: tuple[str, ...] = ()

    @property
    def notice(self) -> bool:
        """True if the follower read the platform's fault notice."""
        return not self.acknowledged


@dataclass(slots=True)
class Pusher:
    """The platform's side of one account.

    Attributes:
        account: its secrets and mode.
        urls: webhooks; each further try of a message goes to the next one.
        limit_s: how long a try may take.
        pause_s: how long after a refused try the next begins.
        keep_alive: use connections again, as a proxy in front does.
    """

    account: Account
    urls: list[str]
    limit_s: float = LIMIT_S
    pause_s: float = 0.5
    keep_alive: bool = False
    sleep: Callable[[float], None] = time.sleep
    _local: threading.local = field(default_factory=threading.local)

    def text(
        self,
        openid: str,
        text: str,
        message_id: str,
        *,
        first: int = 0,
        lost: Collection[int] = (),
        labelled: bool = True,
    ) -> Outcome:
        """Push a text.

        Args:
            openid: the follower.
            text: what they wrote.
            message_id: MsgId.
            first: which webhook the first try goes to.
            lost: numbers of tries whose answer gets lost on its way to the platform.
            labelled: whether the answer must say that an AI wrote it.
        """
        fields = text_fields(self.account, openid, text, message_id)
        return self._push(openid, fields, first, lost, labelled=labelled)

    def event(self, openid: str, event: str, key: str = "") -> Outcome:
        """Push an event: subscribe, unsubscribe, CLICK, ..."""
        fields = event_fields(self.account, openid, event, key)
        return self._push(openid, fields, 0, (), labelled=False)

    def _push(
        self,
        openid: str,
        fields: dict[str, str],
        first: int,
        lost: Collection[int],
        *,
        labelled: bool = True,
    ) -> Outcome:
        began, late, defects = time.monotonic(), 0, list[str]()
        for number in range(TRIES):
            at = time.monotonic()
            try:
                status, body = self._post(self.urls[(first + number) % len(self.urls)], fields)
                if number in lost:
                    raise Defect("lost", "the answer was lost on its way")
                shown = read_reply(self.account, openid, status, body, labelled=labelled)
                took = time.monotonic() - began
                return Outcome(shown, True, took, number + 1, late, tuple(defects))
            except TimeoutError:
                late += 1
            except (OSError, http.client.HTTPException) as error:
                defects.append(f"connection: {type(error).__name__}")
            except Defect as error:
                defects.append(str(error))
            if number + 1 < TRIES:
                self.sleep(max(0.0, at + self.pause_s - time.monotonic()))
        took = time.monotonic() - began
        return Outcome(None, False, took, TRIES, late, tuple(defects))

    def _post(self, url: str, fields: dict[str, str]) -> tuple[int, bytes]:
        query, body = self.account.sign_push(fields)
        parts = urlsplit(url)
        link = self._link(parts.hostname or "", parts.port or 80)
        try:
            headers = {"Content-Type": "text/xml"}
            if not self.keep_alive:
                headers["Connection"] = "close"
            link.request("POST", f"{parts.path}?{urlencode(query)}", body, headers)
            answer = link.getresponse()
            found = answer.status, answer.read()
        except BaseException:
            self._drop(link)
            raise
        if not self.keep_alive:
            self._drop(link)
        return found

    def _link(self, host: str, port: int) -> http.client.HTTPConnection:
        links = self._local.__dict__.setdefault("links", {})
        if (host, port) not in links:
            link = http.client.HTTPConnection(host, port, timeout=self.limit_s)
            link.connect()
            link.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            links[host, port] = link
        found: http.client.HTTPConnection = links[host, port]
        return found

    def _drop(self, link: http.client.HTTPConnection) -> None:
        self._local.links.pop((link.host, link.port), None)
        link.close()
