"""What a worker tells the operator: what its rounds took, and what model it serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.errors import CheckpointError
from inference.model.files import read_file

if TYPE_CHECKING:
    from inference.model.checkpoint import Checkpoint
    from workers.tracing import DraftRound
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


def measure(metrics: Metrics, made: DraftRound) -> None:
    """Count the round's bytes, and its time as the slowest draft had it: they run side by side."""
    prefill_s = max(draft.prefill_s for draft in made.drafts)
    decode_s = max(draft.decode_s for draft in made.drafts)
    metrics.observe("turn_seconds", prefill_s, "prefill")
    metrics.observe("turn_seconds", decode_s, "decode")
    metrics.count("engine_bytes", "prompt", n=len(made.prompt))
    metrics.count("engine_bytes", "reply", n=sum(len(draft.data) for draft in made.drafts))
