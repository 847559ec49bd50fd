"""Every figure that `/metrics` shows: its name, kind, labels, and what it says.

The list is the contract with dashboards and alert rules: tests hold `docs/operations.md`, the
Grafana dashboard and the rules to it. No label ever stands for a follower.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PREFIX = "xinglin_"
# A follower waits 5 s at most for a passive reply, so the steps are fine below and coarse above.
SECONDS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 10.0, 20.0, 60.0)
LOOK_UP = (0.0005, 0.001, 0.002, 0.003, 0.006, 0.01, 0.05, 0.2)
ROUND_TRIP = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2, 1.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """One family of figures.

    Attributes:
        name: without prefix and without the `_total` of counters.
        kind: as Prometheus knows it.
        says: one phrase, for `/metrics` and the documentation.
        labels: names of its labels.
        buckets: upper bounds, for histograms.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    says: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def full(self) -> str:
        """Return the name as `/metrics` shows it."""
        return f"{PREFIX}{self.name}" + ("_total" if self.kind == "counter" else "")


def _counter(name: str, says: str, *labels: str) -> Metric:
    return Metric(name, "counter", says, labels)


def _gauge(name: str, says: str, *labels: str) -> Metric:
    return Metric(name, "gauge", says, labels)


def _histogram(name: str, says: str, *labels: str, buckets: tuple[float, ...] = SECONDS) -> Metric:
    return Metric(name, "histogram", says, labels, buckets)


METRICS = (
    _counter("webhook_requests", "pushes of the platform, by kind and outcome", "type", "outcome"),
    _histogram("webhook_seconds", "from push to answer, by what answered", "answer"),
    _counter("dedupe_hits", "tries of a message that was known already"),
    _counter("inbox_rejected", "questions that were not taken", "reason"),
    _counter("turns", "turns that were committed"),
    _histogram("turn_seconds", "time of a turn's stages", "stage"),
    _counter("engine_bytes", "bytes read in prompts and written in drafts", "direction"),
    _counter(
        "answers", "replies of workers, by what they came from and who worded them", "by", "wording"
    ),
    _counter("check_failures", "drafts that the check refused, by the first fault", "fault"),
    _counter("ranked", "replies that a ranker chose, by whether the rule would have", "choice"),
    _histogram("find_seconds", "looking a question up in the account's notes", buckets=LOOK_UP),
    _counter("replies", "replies, by the way they left", "path"),
    _counter("passive_missed", "replies that were not ready when the webhook had to answer"),
    _counter("send_errors", "customer-service messages refused, by errcode", "code"),
    _counter("kept_for_tap", "replies that could not be sent and wait behind 继续"),
    _counter("send_retries", "customer-service messages put off"),
    _counter("ambiguous_sends", "sends cut off between sending and noting it", "policy"),
    _counter("lease_lost", "leases that ran out under a worker"),
    _counter("fenced", "commits refused because another worker had the turn"),
    _counter("reaped", "turns queued again after their worker did not come back"),
    _counter("poison", "messages given up after three tries"),
    _counter("generation_failed", "turns whose engine failed"),
    _counter("turns_stuck", "turns that hung and were let go"),
    _counter("history_unreadable", "conversations sealed with a key that is not here"),
    _counter("records_unreadable", "messages and replies put aside as unreadable"),
    _counter("blocked", "texts stopped by the word list", "direction"),
    _counter("signatures_reused", "pushes with the signature of another message"),
    _counter("token_refresh", "access tokens asked for", "result"),
    _counter("model_reload", "announced models", "result"),
    _counter("admin_refused", "wrong tokens at /admin"),
    _counter("metrics_refused", "wrong tokens at /metrics"),
    _counter("feedback", "votes of followers", "vote"),
    _counter("comments", "words of followers for the operator"),
    _counter("handovers", "conversations handed over to a person, by what happened", "event"),
    _counter("events", "whatever else was counted", "name"),
    _histogram("redis_seconds", "the first question to Redis of each push", buckets=ROUND_TRIP),
    _gauge("redis_up", "1 when Redis answers"),
    _gauge("redis_used_bytes", "memory that Redis uses"),
    _gauge("redis_limit_bytes", "memory that Redis may use; 0 for no limit"),
    _gauge("redis_appendonly", "1 when Redis keeps a log and could write it"),
    _gauge("redis_evicting", "1 when Redis may throw data away"),
    _gauge("users_active", "followers with an unanswered message"),
    _gauge("waiting", "unanswered messages"),
    _gauge("waiting_limit", "unanswered messages that are taken at most"),
    _gauge("oldest_wait_seconds", "age of the oldest message that is its follower's next"),
    _gauge("overdue_seconds", "how long the oldest turn is over its lease"),
    _gauge("outbox", "followers with a reply to be sent"),
    _gauge("dead", "messages that wait for the operator"),
    _gauge("handovers_waiting", "followers who wait for a person"),
    _gauge("paused", "1 while the operator takes no questions"),
    _gauge("workers", "workers that were heard of in the last 10 seconds"),
    _gauge("worker_up", "1 for each of them", "worker", "host"),
    _gauge("worker_in_flight", "turns under way", "worker"),
    _gauge("worker_problem", "1 when a worker says that it cannot do all its work", "worker"),
    _gauge("model_info", "workers that serve this model", "model", "version", "backend"),
    _gauge("model_lagging", "workers that do not serve the announced model"),
    _gauge("build_info", "1", "version"),
)
BY_NAME = {metric.name: metric for metric in METRICS}
Labels = tuple[str, ...]
_REASONS = ("user_full", "total_full", "user_rate", "account_rate", "suspended", "paused")
# Counters that must not lose a second when a process is killed, and their fields in Redis.
_DURABLE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("turns", "turns", ()),
    ("inbox_rejected", "refused_{}", _REASONS),
    ("replies", "sent", ("message",)),
    ("kept_for_tap", "kept_for_tap", ()),
    ("send_retries", "send_retries", ()),
    ("ambiguous_sends", "ambiguous_sends_{}", ("skip", "resend")),
    ("lease_lost", "leases_lost", ()),
    ("fenced", "commits_refused", ()),
    ("reaped", "reaped", ()),
    ("poison", "poison", ()),
    ("generation_failed", "generation_failed", ()),
    ("turns_stuck", "turns_stuck", ()),
    ("history_unreadable", "history_unreadable", ()),
    ("records_unreadable", "records_unreadable", ()),
    ("blocked", "blocked_{}", ("in", "out")),
    ("signatures_reused", "signatures_reused", ()),
    ("token_refresh", "token_refresh_{}", ("ok", "failed")),
    ("model_reload", "reload_{}", ("ok", "failed", "missing")),
    ("admin_refused", "admin_refused", ()),
    ("metrics_refused", "metrics_refused", ()),
    ("feedback", "votes_{}", ("up", "down")),
    ("comments", "comments", ()),
    ("handovers", "handovers_{}", ("started", "answered", "returned", "timed_out")),
)
_FIELDS: dict[tuple[str, Labels], str] = {
    (name, (value,) if value else ()): field.format(value)
    for name, field, values in _DURABLE
    for value in values or ("",)
}
_SERIES = {field: series for series, field in _FIELDS.items()}
# The platform has more error codes than anybody lists.
_CODES, _CODE = "send_errors", "send_refused_"
# Counters all of whose series are durable.
_WHOLE = {name for name, *_ in _DURABLE} - {"replies"}


def field_of(name: str, labels: Labels) -> str | None:
    """Return the field of a counter that is kept at once; None for one that is metered.

    Raises:
        LookupError: there is no such counter, or it has other labels.
    """
    metric = BY_NAME.get(name)
    if metric is None or metric.kind != "counter" or len(metric.labels) != len(labels):
        raise LookupError(f"there is no counter {name!r} with {len(labels)} label(s)")
    if name == _CODES:
        return _CODE + labels[0]
    field = _FIELDS.get((name, labels))
    if field is None and name in _WHOLE:
        raise LookupError(f"the counter {name!r} has no series {labels}")
    return field


def series_of(field: str) -> tuple[str, Labels]:
    """Return the counter and labels of a field; `events` where another version wrote it."""
    if field.startswith(_CODE):
        return _CODES, (field.removeprefix(_CODE),)
    return _SERIES.get(field, ("events", (field,)))
