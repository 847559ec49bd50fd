"""Times of a turn: look-up and check by themselves, and whole replies; all of the processor."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

from knowledge.answer import answer
from knowledge.drafts import judge
from training.evaluation.service.asking import Reply, Service
from training.evaluation.service.figures import Time

_MOST = 400


def measure_times(service: Service, replies: Sequence[Reply]) -> list[Time]:
    """Return p95 of look-up and check, and p50 of a reply.

    Args:
        service: looks up and checks once more, each question of one turn.
        replies: with their own times.
    """
    alone = [one for one in replies if len(one.turns) == 1][:_MOST]
    both = [1000 * (_found_s(service, one) + _checked_s(service, one)) for one in alone]
    whole = [1000 * one.cpu_s for one in replies if one.drafts]
    return [
        Time("look-up and check of a turn's drafts, p95", _quantile(both, 19), len(both), 6.0),
        Time("a reply that the model wrote, p50", _quantile(whole, 10), len(whole), 60.0),
    ]


def _found_s(service: Service, reply: Reply) -> float:
    began = time.thread_time()
    answer(service.finder, f"{reply.turns[0]}~")  # not the very text that was just looked up
    return time.thread_time() - began


def _checked_s(service: Service, reply: Reply) -> float:
    began = time.thread_time()
    for draft in reply.drafts:
        judge(service.checker, draft, reply.evidence, reply.turns[0])
    return time.thread_time() - began


def _quantile(values: Sequence[float], twentieth: int) -> float:
    if len(values) < 2:
        return max(values, default=0.0)
    return statistics.quantiles(values, n=20, method="inclusive")[twentieth - 1]
