"""The console's controls: kill a worker, swap the model, invalidate the token."""

from __future__ import annotations

import json
import os
import signal
import socket
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flask import Response, jsonify, request

from bot.console.fake_platform import is_faked
from bot.console.guard import refusal
from bot.console.views import blueprint, json_object
from bot.rollout import roll_out
from bot.services import Services, current_services
from xinglin.embedded.files import Files, read_json
from xinglin.errors import PlatformError, StoreError
from xinglin.store.operations.model_registry import is_model_name
from xinglin.store.records import WorkerInfo
from xinglin.wechat.client import WechatClient

MENU = Path(__file__).parents[2] / "deploy" / "menu.json"
SWAP_S = 30.0
Reason = dict[str, str]
_ALLOWED: Reason = {}
_BY_HAND: Reason = {
    "zh": "这个 worker 不是由 make run 启动的；请在它的机器上执行 kill -9。",
    "en": "`make run` did not start this worker; use kill -9 on its machine.",
}
_NO_WORKER: Reason = {"zh": "现在没有 worker 在运行。", "en": "No worker is running now."}
_PRODUCTION: Reason = {
    "zh": "正式部署里请用 xinglin reload，它需要管理令牌。",
    "en": "In production use `xinglin reload`, which asks for the admin token.",
}
_ONE_MODEL: Reason = {
    "zh": "models 文件夹里只有一个模型；用 python -m training finetune 再做一个。",
    "en": "There is only one model; make another with `python -m training finetune`.",
}
_AWAY: Reason = {
    "zh": "这个按钮只对本机开放，XINGLIN_CONSOLE_PUBLIC 不改变这一点。",
    "en": "This button is for this machine only, whatever XINGLIN_CONSOLE_PUBLIC says.",
}
_NO_TOKEN: Reason = {
    "zh": "这个账号不用 access_token：只有服务号才有可偷的。想试一试，"
    "用 XINGLIN_WECHAT_ACCOUNT=service make run 启动。",
    "en": "This account has no access token: only a service account has one. To try it, start with"
    " XINGLIN_WECHAT_ACCOUNT=service make run.",
}


@blueprint.get("/state")
def state() -> Response:
    """Return who serves what, what waits, and which buttons can work here, or why not."""
    services = current_services()
    workers = services.store.models.workers()
    return jsonify(
        workers=[asdict(worker) for worker in workers],
        models=_models(services),
        waiting=services.store.stats.snapshot()["waiting"],
        menu=list(services.account.current.menu) or _menu(),
        account=_account(services),
        played=is_faked(),
        refused={
            "kill": _why_not_kill(services, workers),
            "swap": _why_not_swap(services),
            "compare": _why_not_compare(services),
            "steal": _why_not_steal(services),
        },
    )


@blueprint.post("/kill")
def kill() -> tuple[Response, int]:
    """End the worker of `make run` as a crash would (SIGKILL); its supervisor starts another."""
    services = current_services()
    workers = services.store.models.workers()
    if why := _why_not_kill(services, workers):
        return _refuse(why)
    victim = next(worker for worker in workers if worker.pid in _own_pids(services))
    os.kill(victim.pid, signal.SIGKILL)
    services.store.models.goodbye(victim.name)  # it cannot say so itself
    return jsonify(killed=victim.name, pid=victim.pid), 200


@blueprint.post("/swap")
def swap() -> tuple[Response, int]:
    """Announce {"model": NAME} and wait until the workers took or refused it."""
    services = current_services()
    if why := _why_not_swap(services):
        return _refuse(why)
    model = json_object().get("model")
    if not isinstance(model, str) or model not in _models(services):
        return jsonify(error="there is no model of this name"), 400
    done = roll_out(services, model, SWAP_S)
    if done.failed:
        return jsonify(error=done.failed[0].error), 409
    if not done.ok:
        return _refuse(_NO_WORKER)
    return jsonify(model=model, workers=len(done.ok)), 200


@blueprint.post("/steal")
def steal() -> tuple[Response, int]:
    """Have the platform make the kept access token worthless, as another program would."""
    services = current_services()
    if why := _why_not_steal(services):
        return _refuse(why)
    try:
        WechatClient(services.settings, services.store.tokens).steal_token()
    except PlatformError as error:
        return jsonify(error=str(error)), 502
    return jsonify(stolen=True), 200


@blueprint.errorhandler(StoreError)
def _store_away(error: StoreError) -> tuple[Response, int]:
    return jsonify(error=str(error)), 503


def _refuse(why: Reason) -> tuple[Response, int]:
    return jsonify(error=why["en"], why=why), 409


def _why_not_kill(services: Services, workers: list[WorkerInfo]) -> Reason:
    if _from_away():
        return _AWAY
    if not workers:
        return _NO_WORKER
    here = socket.gethostname()
    mine = _own_pids(services)
    if any(worker.host == here and worker.pid in mine for worker in workers):
        return _ALLOWED
    return _BY_HAND


def _own_pids(services: Services) -> set[int]:
    """Return the processes that the embedded supervisor watches over."""
    if not services.development:
        return set()
    pids = read_json(Files(services.settings.var.resolve() / "embedded").state).get("pids")
    return {int(pid) for pid in pids} if isinstance(pids, list) else set()


def _why_not_swap(services: Services) -> Reason:
    if _from_away():
        return _AWAY
    return _ALLOWED if services.development else _PRODUCTION


def _why_not_compare(services: Services) -> Reason:
    return _why_not_swap(services) or (_ALLOWED if len(_models(services)) > 1 else _ONE_MODEL)


def _why_not_steal(services: Services) -> Reason:
    if _from_away():
        return _AWAY
    return _ALLOWED if services.settings.can_send else _NO_TOKEN


def _from_away() -> bool:
    """True when the request comes from elsewhere: a public console shows, and does nothing."""
    protocol = request.environ.get("SERVER_PROTOCOL", "")
    remote = request.remote_addr or ""
    return bool(refusal(remote, request.host, request.headers.keys(), protocol))


def _models(services: Services) -> list[str]:
    found = services.settings.models.glob("*/config.json")
    return sorted(p.parent.name for p in found if is_model_name(p.parent.name))


def _account(services: Services) -> dict[str, Any]:
    """Return who serves; `problem` is told in both languages."""
    account, problem = services.account.current, services.account.problem
    both = {"zh": getattr(problem, "zh", problem), "en": problem}
    return {
        "name": account.name,
        "avatar": account.avatar,
        "label": account.label,
        "suggestions": account.suggestions,
        "version": services.account.number,
        "problem": both if problem else None,
    }


def _menu() -> list[Any]:
    try:
        buttons = json.loads(MENU.read_text(encoding="utf-8"))["button"]
    except (OSError, ValueError, KeyError):  # an installed package has no deploy folder
        return []
    return buttons if isinstance(buttons, list) else []
