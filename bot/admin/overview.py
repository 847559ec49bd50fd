"""The dashboard's figures, in one answer that it asks for every few seconds."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from flask import Response, jsonify, request

from bot.admin.auth import blueprint
from bot.admin.responses import done, refusal
from bot.health import NO_WORKER
from bot.rollout import previous_model
from bot.services import Services, current_services
from xinglin import __version__
from xinglin.bilingual import Notice
from xinglin.diagnostics import find_problems
from xinglin.errors import PlatformError
from xinglin.store.operations.metrics import Readings
from xinglin.store.operations.metrics_history import PATHS, Sample, growth, percentile, points
from xinglin.store.operations.rq_view import read_rq
from xinglin.store.records import WorkerInfo
from xinglin.wechat.client import WechatClient

RECENT_MIN = 5
LATE_SHARE = 0.05
_SUSPENDED = Notice(
    "all workers are held back by `rq suspend`; `rq resume` lets them go on",
    "所有 worker 都被 `rq suspend` 停住了；用 `rq resume` 放行",
)
LONGEST_MIN = 60.0
_SEND_PATH = "/cgi-bin/message/custom/send"
# Counters that mean trouble, beside those that have a code or a reason.
_TROUBLE = (
    "generation_failed",
    "poison",
    "lease_lost",
    "fenced",
    "reaped",
    "history_unreadable",
    "signatures_reused",
    "admin_refused",
    "metrics_refused",
)
_BY_LABEL = ("send_errors", "inbox_rejected", "ambiguous_sends", "blocked", "events")


@blueprint.get("/overview")
def overview() -> Response:
    """Return the state, figures of now, of the last five minutes, and the points of the charts."""
    services = current_services()
    services.store.sample()
    readings, workers = services.store.readings(), services.store.models.workers()
    minutes = min(LONGEST_MIN, max(1.0, request.args.get("minutes", 15.0, type=float)))
    samples = services.store.metrics_history.read(LONGEST_MIN)
    since = samples[-1].at - 60 * minutes if samples else 0.0
    problems = find_problems(services.store, services.settings, workers)
    if services.store.worker_control.suspended():
        problems.append(_SUSPENDED)
    recent = _recent(samples)
    if (late := recent["late"]) is not None and late > LATE_SHARE:
        problems.append(
            Notice(
                f"{late:.0%} of the replies of the last {RECENT_MIN} minutes came too late",
                f"最近 {RECENT_MIN} 分钟里有 {late:.0%} 的回答来晚了",
            )
        )
    if not workers:
        problems.insert(0, NO_WORKER)
    return jsonify(
        version=__version__,
        now=services.now(),
        state=_state(services, workers, problems),
        problems=[{"en": problem, "zh": problem.zh} for problem in problems],
        figures=_figures(services, workers),
        recent=recent,
        points=points([sample for sample in samples if sample.at >= since]),
        paths={path: readings.count("replies", path) for path in PATHS}
        | {"late": readings.count("passive_missed")},
        requests=_rows(readings, "webhook_requests"),
        errors=_errors(readings),
        workers=[
            asdict(worker) | {"heard_s": services.now() - worker.seen_at} for worker in workers
        ],
        model=_models(services, workers),
        quota=_quota(services, readings),
        votes={vote: readings.count("feedback", vote) for vote in ("up", "down")}
        | {"comments": readings.count("comments")},
    )


@blueprint.get("/card")
def card() -> tuple[Response, int]:
    """Return the card of a model that is being served: ?model=NAME@VERSION."""
    found = current_services().store.models.card(request.args.get("model", ""))
    if found is None:
        return jsonify(error="no worker has described that model"), 404
    return jsonify(found), 200


@blueprint.get("/rq")
def rq_view() -> Response:
    """Return what RQ itself knows."""
    return jsonify(read_rq(current_services().store.redis))


@blueprint.post("/quota")
def ask_for_quota() -> tuple[Response, int] | Response:
    """Ask the platform how many customer-service messages the account may still send today."""
    services = current_services()
    if not services.settings.can_send:
        return refusal("this account may not call custom/send", 409)
    try:
        found = WechatClient(services.settings, services.store.tokens).quota(_SEND_PATH)
    except PlatformError as error:
        return refusal(f"the platform did not say: {error}", 502)
    done("quota", True, "")
    return jsonify(asdict(found))


def _state(services: Services, workers: list[WorkerInfo], problems: list[Notice]) -> str:
    if all(worker.failing for worker in workers):  # or there are none
        return "down"
    if services.store.pause.left_s():
        return "paused"
    return "degraded" if problems else "ready"


def _figures(services: Services, workers: list[WorkerInfo]) -> dict[str, Any]:
    counts, server = services.store.stats.snapshot(), services.store.server()
    return {
        "waiting": counts["waiting"],
        "waiting_limit": services.settings.queue_limit,
        "users_active": counts["users_active"],
        "oldest_s": services.store.turns.oldest_s(),
        "overdue_s": counts["overdue_s"],
        "outbox": counts["outbox"],
        "dead": counts["dead"],
        "in_flight": sum(worker.in_flight for worker in workers),
        "paused_s": services.store.pause.left_s(),
        "deadline_s": services.settings.reply_deadline_s,
        "redis": {
            "version": server.version,
            "used_bytes": server.used_bytes,
            "limit_bytes": server.limit_bytes,
            "appendonly": server.appends and not server.append_failed,
        },
    }


def _recent(samples: list[Sample]) -> dict[str, float | None]:
    """Return rates and times of the last minutes; None where nothing was asked."""
    rows = [s for s in samples if s.at >= samples[-1].at - 60 * RECENT_MIN - 1]
    if len(rows) < 2:
        return dict.fromkeys(("turns", "asked", "p50", "p95", "p99", "late"))
    first, last = rows[0], rows[-1]
    reply = growth(first.reply, last.reply)
    asked, late = sum(reply), max(0, last.late - first.late)
    times = {f"p{int(100 * share)}": percentile(reply, share) for share in (0.5, 0.95, 0.99)}
    return {
        "turns": max(0, last.turns - first.turns) / max(1.0, last.at - first.at),
        "asked": float(asked),
        "late": late / asked if asked else None,
        **{name: None if math.isnan(value) else value for name, value in times.items()},
    }


def _rows(readings: Readings, name: str) -> list[dict[str, Any]]:
    counted = sorted(readings.counters.get(name, {}).items(), key=lambda row: -row[1])
    return [{"labels": list(labels), "n": n} for labels, n in counted]


def _errors(readings: Readings) -> list[dict[str, Any]]:
    """Return what went wrong since ever: kind, code or reason, how often; the most first."""
    found = [{"what": name, "code": "", "n": readings.count(name)} for name in _TROUBLE]
    for name in _BY_LABEL:
        for (label,), n in readings.counters.get(name, {}).items():
            found.append({"what": name, "code": label, "n": n})
    for reason in ("busy", "forbidden", "malformed"):
        rows = readings.counters.get("webhook_requests", {}).items()
        n = sum(n for labels, n in rows if labels[1] == reason)
        found.append({"what": "webhook", "code": reason, "n": n})
    return sorted((row for row in found if row["n"]), key=lambda row: -row["n"])


def _models(services: Services, workers: list[WorkerInfo]) -> dict[str, Any]:
    want = services.store.models.want()
    serving: dict[tuple[str, str, str], int] = {}
    for worker in workers:
        key = (worker.model, worker.version, worker.backend)
        serving[key] = serving.get(key, 0) + 1
    return {
        "wanted": asdict(want) if want else None,
        "configured": services.settings.model,
        "previous": previous_model(services),
        "serving": [
            {"model": model, "version": version, "backend": backend, "workers": n}
            for (model, version, backend), n in sorted(serving.items())
        ],
    }


def _quota(services: Services, readings: Readings) -> dict[str, Any]:
    amount, window_s, used = services.store.inbox.account_used()
    return {
        "can_send": services.settings.can_send,
        "sent": readings.count("replies", "message"),
        "window_over": readings.count("send_errors", "45015"),
        "used_up": readings.count("send_errors", "45047"),
        "account": {"limit": amount, "window_s": window_s, "used": used},
        "user_rate": services.settings.user_rate,
        "inbox_limit": services.settings.inbox_limit,
        "tokens": {result: readings.count("token_refresh", result) for result in ("ok", "failed")},
    }
