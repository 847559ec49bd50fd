"""Checks of `xinglin check`: each function returns what it found and how to mend it."""

from __future__ import annotations

import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Literal
from urllib.parse import urlencode

import click

from bot.cli.client import Service
from bot.cli.wechat_errors import explain
from xinglin.account import find_folder, read_folder
from xinglin.diagnostics import (
    LATE_S,
    UNTOLD,
    clock_problems,
    settings_problems,
    worker_problems,
)
from xinglin.errors import (
    AccountError,
    MessageError,
    PlatformError,
    SettingsError,
    SignatureError,
    StoreError,
)
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.store.server import ServerFacts
from xinglin.wechat.client import WechatClient
from xinglin.wechat.crypto import sign
from xinglin.wechat.envelope import Envelope

# Named by string, as the jobs are: the web side imports neither finder nor notes.
_ASK = "workers.ask"
NEW_SECRET = "python3 -c 'import secrets; print(secrets.token_hex(24))'"
MODEL_TIMEOUT_S = 120.0
_TOKEN = re.compile(r"[A-Za-z0-9]{3,32}")
_APP_ID = re.compile(r"wx[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        state: `warn` is worth a look, `fail` does not work.
        what: was looked at.
        says: what was found, and for warn and fail what to do.
    """

    state: Literal["ok", "warn", "fail"]
    what: str
    says: str


def look_at_account(settings: Settings) -> list[Finding]:
    """Token, AppID, EncodingAESKey, mode, and what the kind of account needs."""
    found = [_token(settings), _app_id(settings), _aes_key(settings)]
    return [*found, *_mode(settings), _sending(settings)]


def _token(settings: Settings) -> Finding:
    if not settings.wechat_token:
        says = (
            "XINGLIN_WECHAT_TOKEN is not set, so every push is refused; choose 3 to 32 letters and"
            " digits, and enter the same on the account's server page"
        )
        return Finding("fail", "token", says)
    if not _TOKEN.fullmatch(settings.wechat_token):
        says = (
            "XINGLIN_WECHAT_TOKEN is not 3 to 32 letters and digits, which is all that the"
            " account's server page takes"
        )
        return Finding("fail", "token", says)
    return Finding("ok", "token", "set")


def _app_id(settings: Settings) -> Finding:
    if not settings.wechat_app_id:
        needed = settings.wechat_aes_key or settings.wechat_account == "service"
        says = "XINGLIN_WECHAT_APP_ID is not set; " + (
            "safe mode and sending need it: copy it from the account's developer page"
            if needed
            else "plain mode does without"
        )
        return Finding("fail" if needed else "ok", "app id", says)
    if not _APP_ID.fullmatch(settings.wechat_app_id):
        says = (
            f"XINGLIN_WECHAT_APP_ID is {settings.wechat_app_id!r}; AppIDs are wx and 16"
            " hexadecimal digits: compare with the account's developer page"
        )
        return Finding("warn", "app id", says)
    return Finding("ok", "app id", settings.wechat_app_id)


def _aes_key(settings: Settings) -> Finding:
    if not settings.wechat_aes_key:
        says = (
            "not set, so the account must use plain mode, in which anybody who overhears the"
            " connection reads along; better set XINGLIN_WECHAT_AES_KEY and choose safe mode"
        )
        return Finding("warn", "AES key", says)
    if not settings.wechat_app_id:
        return Finding("ok", "AES key", "set; not tried without an AppID")
    try:
        envelope = Envelope("check", settings.wechat_app_id, settings.wechat_aes_key)
        query, body = envelope.seal_push("<xml><A>1</A></xml>", encrypted=True)
        opened = envelope.open(query, body.encode())
    except (ValueError, SignatureError, MessageError):
        opened = None
    if opened is None or opened.fields != {"A": "1"}:
        says = "XINGLIN_WECHAT_AES_KEY opens nothing; copy all 43 characters of EncodingAESKey"
        return Finding("fail", "AES key", says)
    return Finding("ok", "AES key", "seals and opens")


def _mode(settings: Settings) -> list[Finding]:
    """Return what is wrong with the mode; nothing where it fits, or where the AppID is missing."""
    if settings.push_mode != "plain" and not settings.wechat_aes_key:
        says = (
            f"{settings.push_mode}, which needs XINGLIN_WECHAT_AES_KEY; the service does not start"
        )
        return [Finding("fail", "mode", says)]
    if settings.wechat_aes_key and settings.push_mode != "safe":
        says = (
            f"{settings.push_mode}, although there is an EncodingAESKey; choose 安全模式 on the"
            " server page and XINGLIN_WECHAT_MODE=safe"
        )
        return [Finding("warn", "mode", says)]
    return []


def _sending(settings: Settings) -> Finding:
    if settings.wechat_account == "personal":
        return Finding("ok", "late replies", "behind a tap link (account: personal)")
    if not settings.can_send:
        says = (
            "XINGLIN_WECHAT_ACCOUNT is service, but AppID or AppSecret is missing; set both, or"
            " personal, which hands late replies over behind a link"
        )
        return Finding("fail", "late replies", says)
    return Finding("ok", "late replies", "by customer-service message (account: service)")


def look_at_secrets(settings: Settings) -> list[Finding]:
    """The admin token, and settings that no production has."""
    found = []
    if not settings.admin_token:
        says = f"XINGLIN_ADMIN_TOKEN is not set, so /admin is off; make one: {NEW_SECRET}"
        found.append(Finding("warn", "admin token", says))
    elif len(settings.admin_token) < 16:
        says = f"XINGLIN_ADMIN_TOKEN is short enough to guess; make one: {NEW_SECRET}"
        found.append(Finding("fail", "admin token", says))
    else:
        found.append(Finding("ok", "admin token", "set"))
    if settings.backend == "echo":
        says = "XINGLIN_BACKEND is echo, which only repeats the question; set auto"
        found.append(Finding("fail", "backend", says))
    if settings.console_public:
        says = "XINGLIN_CONSOLE_PUBLIC lets anybody talk, as followers of its own; set it to 0"
        found.append(Finding("warn", "console", says))
    return found


def look_at_handover(settings: Settings) -> list[Finding]:
    """Who takes over where a person is asked for; nothing where the account has no `[handover]`."""
    try:
        rules = read_folder(find_folder(settings.account)).handover
    except (SettingsError, AccountError):  # told by what looks at the account
        return []
    if rules is None:
        return []
    if rules.platform and settings.wechat_account == "personal":
        says = "[handover] platform = true needs a verified account; write platform = false"
        return [Finding("warn", "handover", says)]
    if not rules.platform and not settings.admin_token:
        says = "[handover] needs XINGLIN_ADMIN_TOKEN: without the desk nobody sees who waits"
        return [Finding("warn", "handover", says)]
    by = "the platform's customer-service tool" if rules.platform else "whoever is on the desk"
    return [Finding("ok", "handover", f"{by} takes over, {rules.hours or 'at any hour'}")]


def look_at_redis(store: Store, *, now: Callable[[], float] = time.time) -> list[Finding]:
    """The server's settings, and its clock beside ours.

    Raises:
        StoreUnavailable: Redis is away.
    """
    facts = store.server()
    lag_s = now() - facts.clock_s
    wrong = [Finding("fail", "clock", sentence) for sentence in clock_problems(lag_s)]
    right = Finding("ok", "clock", f"{abs(lag_s):.1f} s from that of Redis")
    return [*_settings_of(facts), *(wrong or [right])]


def _settings_of(facts: ServerFacts) -> list[Finding]:
    if not facts.told:
        return [Finding("warn", "Redis", UNTOLD)]
    if wrong := settings_problems(facts):
        return [Finding("fail", "Redis", sentence) for sentence in wrong]
    fsync = f", appendfsync {facts.fsync}" if facts.fsync else ""
    says = f"{facts.version}, noeviction or no limit, append-only file on{fsync}"
    return [Finding("ok", "Redis", says)]


def look_at_workers(store: Store) -> list[Finding]:
    """Live workers, what they serve, and what was left lying.

    Raises:
        StoreUnavailable: Redis is away.
    """
    workers, counts = store.models.workers(), store.stats.snapshot()
    found = []
    if store.worker_control.suspended():
        says = "all are held back by `rq suspend`; let them go on: rq resume --url (your Redis)"
        found.append(Finding("fail", "workers", says))
    if not workers:
        says = "none is alive; start one: rq worker -w workers.worker.EngineWorker turns"
        found.append(Finding("fail", "workers", says))
    models = {f"{worker.model}@{worker.version}" for worker in workers}
    problems = worker_problems(store, workers)
    found += [Finding("fail", "workers", problem) for problem in problems]
    if len(models) > 1:
        says = f"they serve different models ({', '.join(sorted(models))}); xinglin reload NAME"
        found.append(Finding("warn", "workers", says))
    elif workers and not problems:
        found.append(Finding("ok", "workers", f"{len(workers)} alive, serving {models.pop()}"))
    if counts["overdue_s"] > LATE_S:
        says = (
            f"the oldest message is {counts['overdue_s']:.0f} s overdue; see docs/operations.md,"
            " replies come late"
        )
        found.append(Finding("fail", "queue", says))
    if counts["dead"]:
        says = f"{counts['dead']:.0f} message(s) were put aside; look: xinglin requeue"
        found.append(Finding("warn", "queue", says))
    return found


def look_at_model(settings: Settings) -> Finding:
    """Let the engine read the model, in a process of its own: the web side never loads it."""
    named = settings.models / settings.model
    model = str(named) if named.exists() else settings.model
    command = [sys.executable, "-m", "inference", "generate", "--model", model]
    command += ["--backend", settings.backend, "--isa", settings.isa, "--max-bytes", "8", "你好"]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=MODEL_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Finding("fail", "model", f"{model} did not load in {MODEL_TIMEOUT_S:.0f} s")
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it cannot be read"])[-1]
        says = f"{said.removeprefix('error: ')} (XINGLIN_MODEL and XINGLIN_MODELS choose it)"
        return Finding("fail", "model", says)
    return Finding("ok", "model", model)


def look_at_knowledge(settings: Settings) -> list[Finding]:
    """Let the workers' side read the account's notes and library; the web side never does."""
    asker = import_module(_ASK)
    found = []
    for what, look in (("knowledge", asker.look_over), ("library", asker.look_at_library)):
        if what == "library" and not asker.library_of(settings):
            continue
        try:
            found.append(Finding("ok", what, str(look(settings))))
            if what == "knowledge":
                found += [Finding("warn", what, one) for one in asker.look_for_warnings(settings)]
        except asker.KnowledgeError as error:
            found.append(Finding("fail", what, str(error)))
    return found


def look_at_service(settings: Settings, service: Service) -> list[Finding]:
    """Check the address as the platform does, then ask whether the service is ready.

    Raises:
        click.ClickException: nothing answers there.
    """
    found = []
    timestamp, nonce, echo = str(int(time.time())), secrets.token_hex(8), secrets.token_hex(8)
    query = {
        "signature": sign(settings.wechat_token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "echostr": echo,
    }
    try:
        answer = service.call("GET", "/wechat?" + urlencode(query))
        ready = service.call("GET", "/readyz")
    except TimeoutError as error:
        raise click.ClickException(f"{service.url} did not answer in time") from error
    if answer.status == 200 and answer.body == echo.encode():
        found.append(Finding("ok", "webhook", f"{service.url}/wechat answers the platform's check"))
    else:
        says = (
            f"{service.url}/wechat answered {answer.status} to the platform's check;"
            " does it run with the same XINGLIN_WECHAT_TOKEN, and does the proxy pass queries on?"
        )
        found.append(Finding("fail", "webhook", says))
    if ready.status == 200:
        found.append(Finding("ok", "service", "ready"))
    else:
        fields = ready.fields()
        reason = fields.get("workers") or fields.get("redis") or f"it answered {ready.status}"
        found.append(Finding("fail", "service", f"not ready: {reason}"))
    return found


def look_at_platform(settings: Settings, store: Store) -> Finding:
    """Ask the platform for an access token: AppID, AppSecret and the IP allow list in one."""
    if not (settings.wechat_app_id and settings.wechat_app_secret):
        return Finding("warn", "platform", "not asked: AppID and AppSecret are not both set")
    try:
        WechatClient(settings, store.tokens).check()
    except PlatformError as error:
        return Finding("fail", "platform", explain(error))
    except StoreError as error:
        return Finding("fail", "platform", f"the token could not be kept: {error}")
    return Finding("ok", "platform", "gives this account an access token")
