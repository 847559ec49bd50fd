"""Checks of `xinglin check` that ask others: the engine, the notes, a service, the platform."""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from importlib import import_module
from urllib.parse import urlencode

import click

from bot.cli.checks import Finding
from bot.cli.client import Service, too_late
from bot.cli.wechat_errors import explain
from bot.notes_check import explained
from bot.services import open_envelope
from xinglin.account import find_folder
from xinglin.bilingual import Notice, in_chinese
from xinglin.errors import ModelLoadError, PlatformError, SettingsError, StoreError, sentences
from xinglin.model_folder import find_model
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.wechat.client import WechatClient
from xinglin.wechat.crypto import sign
from xinglin.wechat.replies import event_push

# Named by string, as the jobs are: the web side imports neither finder nor notes.
_ASK = "workers.ask"
MODEL_TIMEOUT_S = 120.0


def look_at_model(settings: Settings) -> Finding:
    """Let the engine read the model, in a process of its own: the web side never loads it."""
    try:
        model = str(find_model(settings, settings.model))
    except ModelLoadError as error:
        return Finding("fail", "model", sentences(error)[0])
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
        return Finding("fail", "model", _slow_model(model))
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it cannot be read"])[-1]
        said = said.removeprefix("error: ")
        says = Notice(
            f"{said} (XINGLIN_MODEL and XINGLIN_MODELS choose it)",
            f"模型不能用：{said}（由 XINGLIN_MODEL 和 XINGLIN_MODELS 决定）",
        )
        return Finding("fail", "model", says)
    return Finding("ok", "model", model)


def _slow_model(model: str) -> Notice:
    return Notice(
        f"{model} did not load in {MODEL_TIMEOUT_S:.0f} s; is this machine busy, or out of memory?",
        f"{model} 在 {MODEL_TIMEOUT_S:.0f} 秒内没有装好；这台机器太忙，或者内存不够？",
    )


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
            found.append(Finding("fail", what, explained(error, find_folder(settings.account))))
    return found


def look_at_service(settings: Settings, service: Service) -> list[Finding]:
    """Check the address as the platform does, push as it does, and ask whether all is ready.

    Raises:
        click.ClickException: nothing answers there.
    """
    try:
        found = _address(settings, service)
        if found.state == "ok":  # a push has the same signature, and more
            found = _push(settings, service)
        return [found, _readiness(service)]
    except TimeoutError as error:
        raise click.ClickException(too_late(service.url)) from error


def _address(settings: Settings, service: Service) -> Finding:
    timestamp, nonce, echo = str(int(time.time())), secrets.token_hex(8), secrets.token_hex(8)
    query = {
        "signature": sign(settings.wechat_token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "echostr": echo,
    }
    answer = service.call("GET", "/wechat?" + urlencode(query))
    if answer.status == 200 and answer.body == echo.encode():
        return Finding("ok", "webhook", "")
    says = Notice(
        f"{service.url}/wechat answered {answer.status} to the platform's check;"
        " does it run with the same XINGLIN_WECHAT_TOKEN, and does the proxy pass queries on?",
        f"平台的检查得到 {answer.status}（{service.url}/wechat）；"
        "服务用的是同一个 XINGLIN_WECHAT_TOKEN 吗？代理有没有转发查询参数？",
    )
    return Finding("fail", "webhook", says)


def _push(settings: Settings, service: Service) -> Finding:
    """Push an event that is never answered, encrypted where the account's mode encrypts.

    The check of the address is not encrypted in any mode, so it says nothing about the key.
    """
    try:
        envelope = open_envelope(settings)
    except SettingsError as error:
        return Finding("fail", "webhook", sentences(error)[0])
    event = event_push("oCheck", "gh_check", "VIEW", key=secrets.token_hex(8), now=time.time())
    query, body = envelope.seal_push(event, encrypted=settings.push_mode != "plain")
    answer = service.call("POST", "/wechat?" + urlencode(query), body=body.encode())
    if answer.status == 200:
        says = Notice(
            f"{service.url}/wechat answers the platform's check and takes pushes"
            f" ({settings.push_mode})",
            f"{service.url}/wechat 通过了平台的检查，也收得到消息（{settings.push_mode}）",
        )
        return Finding("ok", "webhook", says)
    says = Notice(
        f"{service.url}/wechat answered {answer.status} to a push of {settings.push_mode} mode;"
        " does it run with the same XINGLIN_WECHAT_AES_KEY, XINGLIN_WECHAT_APP_ID and"
        " XINGLIN_WECHAT_MODE as are set here?",
        f"按 {settings.push_mode} 模式推送一条消息，得到 {answer.status}（{service.url}/wechat）；"
        "服务的 XINGLIN_WECHAT_AES_KEY、XINGLIN_WECHAT_APP_ID 和 XINGLIN_WECHAT_MODE "
        "与这里的相同吗？",
    )
    return Finding("fail", "webhook", says)


def _readiness(service: Service) -> Finding:
    answer = service.call("GET", "/readyz")
    fields = answer.fields()
    problems = "; ".join(map(str, fields.get("problems") or []))
    if answer.status != 200:
        reason = fields.get("workers") or fields.get("redis") or f"it answered {answer.status}"
        said = "; ".join(filter(None, (str(reason), problems)))
        return Finding("fail", "service", Notice(f"not ready: {said}", f"还不能服务：{said}"))
    if problems:
        return Finding("warn", "service", Notice(f"degraded: {problems}", f"带病运行：{problems}"))
    return Finding("ok", "service", Notice("ready", "正常"))


def look_at_platform(settings: Settings, store: Store) -> Finding:
    """Ask the platform for an access token: AppID, AppSecret and the IP allow list in one."""
    if not (settings.wechat_app_id and settings.wechat_app_secret):
        says = Notice(
            "not asked: AppID and AppSecret are not both set", "没有问：AppID 和 AppSecret 没有都设"
        )
        return Finding("warn", "platform", says)
    try:
        WechatClient(settings, store.tokens).check()
    except PlatformError as error:
        return Finding("fail", "platform", explain(error))
    except StoreError as error:
        said = sentences(error)[0]
        says = Notice(
            f"the token could not be kept: {said}", f"access_token 存不下来：{in_chinese(said)}"
        )
        return Finding("fail", "platform", says)
    says = Notice("gives this account an access token", "发给了这个账号 access_token")
    return Finding("ok", "platform", says)
