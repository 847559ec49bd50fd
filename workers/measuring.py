"""A worker's report to the operator: times of its rounds, and the model it serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.errors import CheckpointError
from inference.model.files import read_file

if TYPE_CHECKING:
    from inference.model.checkpoint import Checkpoint
    from workers.drafting import DraftRound
    from workers.informing import Told
    from xinglin.store.operations.metrics import Metrics

LONGEST_README = 16_384  # characters
LARGEST_README = 1 << 20  # bytes


def describe(checkpoint: Checkpoint) -> dict[str, object]:
    """Return a model's card: its fields, and the text beside it when there is one."""
    try:
        content = read_file(checkpoint.path / "README.md", LARGEST_README)
        readme = content.decode("utf-8")[:LONGEST_README]
    except (CheckpointError, ValueError):
        readme = ""
    return {"fields": checkpoint.config.fields(), "readme": readme}


def measure(metrics: Metrics, told: Told) -> None:
    """Count what a reply came from, and what it took."""
    metrics.count("answers", told.by, told.wording)
    if told.ranker:
        metrics.count("ranked", "another" if told.reranked else "the_same")
    if told.answer is not None:
        metrics.observe("find_seconds", told.find_s)
    for one in told.rounds:
        _measure_round(metrics, one)


def _measure_round(metrics: Metrics, made: DraftRound) -> None:
    """Count a round's bytes, and its time as the slowest draft had it: they run side by side."""
    done = [draft.done for draft in made.drafts]
    metrics.observe("turn_seconds", max(one.prefill_s for one in done), "prefill")
    metrics.observe("turn_seconds", max(one.decode_s for one in done), "decode")
    metrics.count("engine_bytes", "prompt", n=len(made.prompt))
    metrics.count("engine_bytes", "reply", n=sum(len(one.data) for one in done))
    for draft in made.drafts:
        if draft.verdict is not None and draft.verdict.reasons:
            metrics.count("check_failures", draft.verdict.reasons[0].fault.name.lower())
