"""The platform's API host on loopback: tokens, sends, quotas, and faults by script."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

BUBBLES = 5
WINDOW_S = 48 * 3600.0
FORCED_A_DAY = 20
TOKEN_S = 7200
LIMIT_BYTES = 2048


@dataclass(frozen=True, slots=True)
class Fault:
    """Fault of one call.

    Attributes:
        errcode: answer this instead; 0 for none.
        status: HTTP status.
        body: answer this text instead of JSON.
        hang_s: answer only after this time.
        reset: cut the connection without an answer.
        after: the call is carried out first, and only its answer goes wrong.
    """

    errcode: int = 0
    status: int = 200
    body: str | None = None
    hang_s: float = 0.0
    reset: bool = False
    after: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that the platform has taken for delivery."""

    openid: str
    text: str
    is_ai: bool
    at: float


@dataclass(slots=True)
class _Window:
    until: float = 0.0
    left: int = 0


@dataclass(slots=True)
class _State:
    token: str = ""
    until: float = 0.0
    generation: int = 0
    banned: str = ""
    forced: list[float] = field(default_factory=list)
    windows: dict[str, _Window] = field(default_factory=dict)
    scripts: dict[str, deque[Fault | None]] = field(default_factory=dict)
    rules: dict[str, Callable[[int], Fault | None]] = field(default_factory=dict)


class ApiHost:
    """Answers `/cgi-bin/...` as the platform does.

    Attributes:
        sent: what was taken for delivery, oldest first.
        calls: how often each call was made, and `CALL:CODE` per errcode that was answered.
        on_sent: is told of each send at once.
        quotas: whether a follower's message opens a window for five bubbles only.
    """

    def __init__(
        self, app_id: str = "", secret: str = "", *, quotas: bool = True, address: str = "127.0.0.1"
    ) -> None:
        self.sent: list[Sent] = []
        self.calls: Counter[str] = Counter()
        self.typing: list[str] = []
        self.on_sent: Callable[[Sent], None] = lambda sent: None
        self._app_id, self._secret, self.quotas = app_id, secret, quotas
        self._state, self._lock = _State(), threading.RLock()
        self._server = _Server((address, 0), _handler(self))
        self.url = f"http://{address}:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def script(self, call: str, *faults: Fault | None) -> None:
        """Let the next calls of a kind (`custom/send`, ...) go so; None is a good one."""
        with self._lock:
            self._state.scripts.setdefault(call, deque()).extend(faults)

    def rule(self, call: str, fault: Callable[[int], Fault | None]) -> None:
        """Let call number n of a kind go as `fault(n)` says, until told otherwise."""
        with self._lock:
            self._state.rules[call] = fault

    def heal(self) -> None:
        """Forget all scripts and rules."""
        with self._lock:
            self._state.scripts.clear()
            self._state.rules.clear()

    def expire_token(self) -> None:
        """End the token's life: calls with it answer 42001."""
        with self._lock:
            self._state.until = 0.0

    def steal_token(self) -> None:
        """Another program makes a token of its own: ours answers 40001 from now on."""
        with self._lock:
            self._new_token()

    def ban_token(self) -> None:
        """Refuse the present token, which `stable_token` still gives until it is forced."""
        with self._lock:
            self._state.banned = self._state.token

    def follower_wrote(self, openid: str) -> None:
        """A message of a follower opens the window for five bubbles."""
        with self._lock:
            self._state.windows[openid] = _Window(time.monotonic() + WINDOW_S, BUBBLES)

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, query: dict[str, str], body: Any) -> tuple[Fault, dict[str, Any]]:
        """Carry out one call; return the fault of its answer and the answer."""
        call = path.removeprefix("/cgi-bin/").removeprefix("message/")
        with self._lock:
            self.calls[call] += 1
            fault = self._fault(call) or Fault()
            failing = fault != Fault()
            if failing and not fault.after:
                found = {"errcode": fault.errcode, "errmsg": "by script"}
            else:
                found = self._carry_out(call, query, body)
                if fault.errcode:
                    found = {"errcode": fault.errcode, "errmsg": "by script"}
            if found.get("errcode"):
                self.calls[f"{call}:{found['errcode']}"] += 1
            return fault, found

    def _fault(self, call: str) -> Fault | None:
        waiting = self._state.scripts.get(call)
        if waiting:
            return waiting.popleft()
        rule = self._state.rules.get(call)
        return rule(self.calls[call]) if rule else None

    def _carry_out(self, call: str, query: dict[str, str], body: Any) -> dict[str, Any]:
        if call in ("stable_token", "token"):
            return self._give_token(body if call == "stable_token" else query, call)
        if code := self._refuse_token(query.get("access_token", "")):
            return {"errcode": code, "errmsg": "access_token is invalid or not latest"}
        if call == "custom/send":
            return self._send(body)
        if call == "custom/typing":
            self.typing.append(body.get("touser", ""))
            return {"errcode": 0, "errmsg": "ok"}
        if call == "user/info":
            return {"subscribe": 1, "openid": query.get("openid", ""), "language": "zh_CN"}
        if call == "media/upload":
            return {"type": query.get("type", "image"), "media_id": "media", "created_at": 1}
        if call in ("menu/create", "menu/delete", "clear_quota"):
            return {"errcode": 0, "errmsg": "ok"}
        return {"errcode": 40066, "errmsg": "invalid url"}

    def _give_token(self, asked: dict[str, Any], call: str) -> dict[str, Any]:
        state, now = self._state, time.monotonic()
        if self._app_id and asked.get("appid") != self._app_id:
            return {"errcode": 40013, "errmsg": "invalid appid"}
        if self._secret and asked.get("secret") != self._secret:
            return {"errcode": 40125, "errmsg": "invalid appsecret"}
        if call == "token" or not state.token or now >= state.until:
            self._new_token()
        elif asked.get("force_refresh"):
            if state.forced and now - state.forced[-1] < 30:
                return {"errcode": 45011, "errmsg": "forced too often"}
            if len([t for t in state.forced if now - t < 86_400]) >= FORCED_A_DAY:
                return {"errcode": 45009, "errmsg": "reach max api daily quota limit"}
            state.forced.append(now)
            self._new_token()
        left = max(0, int(state.until - now))
        return {"access_token": state.token, "expires_in": left}

    def _new_token(self) -> None:
        self._state.generation += 1
        self._state.token = f"token-{self._state.generation}"
        self._state.until = time.monotonic() + TOKEN_S

    def _refuse_token(self, token: str) -> int:
        if not token:
            return 41001
        if token != self._state.token or token == self._state.banned:
            return 40001
        return 42001 if time.monotonic() >= self._state.until else 0

    def _send(self, body: dict[str, Any]) -> dict[str, Any]:
        openid, text = body.get("touser", ""), body.get("text", {}).get("content", "")
        if body.get("msgtype") != "text" or not text:
            return {"errcode": 44004, "errmsg": "empty content"}
        if len(text.encode()) > LIMIT_BYTES:
            return {"errcode": 45002, "errmsg": "content size out of limit"}
        if self.quotas:
            window = self._state.windows.get(openid, _Window())
            if time.monotonic() > window.until:
                return {"errcode": 45015, "errmsg": "response out of time limit"}
            if window.left <= 0:
                return {"errcode": 45047, "errmsg": "out of response count limit"}
            window.left -= 1
        is_ai = body.get("aimsgcontext", {}).get("is_ai_msg") == 1
        sent = Sent(openid, text, is_ai, time.monotonic())
        self.sent.append(sent)
        self.on_sent(sent)
        return {"errcode": 0, "errmsg": "ok"}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed in the middle of a call is what these tests are about."""


def _handler(host: ApiHost) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._answer(json.loads(raw) if raw[:1] == b"{" else {})

        def do_GET(self) -> None:
            self._answer({})

        def _answer(self, body: Any) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            fault, found = host.answer(parts.path, query, body)
            if fault.hang_s:
                time.sleep(fault.hang_s)
            if fault.reset:
                self._reset()
                return
            data = (json.dumps(found) if fault.body is None else fault.body).encode()
            self.send_response(fault.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _reset(self) -> None:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.shutdown(socket.SHUT_RD)
            self.close_connection = True
            self.connection.close()

        def log_message(self, *args: Any) -> None:
            del args

    return Handler
