"""For the console: how a reply came about, worked out after it is on its way."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from inference.engine import Completion
from inference.errors import EngineError
from inference.sampling import SamplingConfig
from inference.trace import characters, trace
from workers.model_holder import LoadedModel, ModelHolder
from xinglin.errors import StoreError
from xinglin.safety.poisons import find_poisons
from xinglin.safety.rules import concerns_a_body
from xinglin.store import Store
from xinglin.store.records import Claim
from xinglin.wechat.messages import CONSOLE_FOLLOWER

logger = logging.getLogger(__name__)
_MOST_WAITING = 8


@dataclass(frozen=True, slots=True)
class DraftRound:
    """One round of drafts.

    Attributes:
        prompt: what the model was given.
        drafts: what it wrote.
        sampling: how, for each draft.
        judged: what may be shown of each draft, and why not all of it: "cut" (a dose, a citation,
            half a sentence), "blocked" (a word of the operator's), "unsure", "off" (the question).
        chosen: which one was.
        round: 0, or more when earlier rounds gave nothing.
        began_at: when a worker took the message, Unix seconds.
    """

    prompt: bytes
    drafts: list[Completion]
    sampling: list[SamplingConfig]
    judged: list[tuple[str, str]]
    chosen: int
    round: int
    began_at: float = 0.0


class Tracer:
    """Keeps the story of each reply to a follower of the console for an hour."""

    def __init__(self, store: Store, holder: ModelHolder, worker: str = "") -> None:
        self._store, self._holder, self._worker = store, holder, worker
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="trace")
        self._waiting = 0

    def observe(self, claim: Claim, served: LoadedModel, made: DraftRound) -> None:
        """Work the story out in the background, unless the follower is a real one."""
        if not claim.openid.startswith(CONSOLE_FOLLOWER) or self._waiting >= _MOST_WAITING:
            return
        self._waiting += 1
        self._pool.submit(self._keep, claim, served.gen, made)

    def close(self) -> None:
        """Wait for the one under way."""
        self._pool.shutdown(cancel_futures=True)

    def _keep(self, claim: Claim, gen: int, made: DraftRound) -> None:
        try:
            with self._holder.use() as served:
                if served.gen == gen:  # another model would tell another story
                    story = _story(served, claim, made) | {"worker": self._worker}
                    self._store.traces.keep(claim.user, claim.message_id, json.dumps(story))
        except (EngineError, StoreError) as error:
            logger.warning("trace_failed", extra={"error": type(error).__name__})
        finally:
            self._waiting -= 1


def _story(served: LoadedModel, claim: Claim, made: DraftRound) -> dict[str, Any]:
    engine, chosen = served.engine, made.drafts[made.chosen]
    sampling = made.sampling[made.chosen]
    config = engine.checkpoint.config
    found = trace(engine, made.prompt, chosen.data, sampling, ended=chosen.finish == "end")
    return {
        "model": served.model,
        "version": served.version,
        "backend": engine.backend,
        "codec": engine.checkpoint.codec,
        "context": config.context_bytes,
        "prompt": made.prompt.decode(engine.checkpoint.codec, "replace"),
        "prompt_bytes": len(made.prompt),
        "prefill_ms": round(1000 * chosen.prefill_s, 1),
        "decode_ms": round(1000 * chosen.decode_s, 1),
        "reply_bytes": len(chosen.data),
        "finish": chosen.finish,
        "attempt": claim.attempt,
        "round": made.round,
        "temperature": sampling.temperature,
        "top_e": sampling.top_e,
        "chosen": made.chosen,
        "began_at": round(made.began_at, 4),
        "unsure_bits": config.unsure_bits,
        "poisons": [name for name, _ in find_poisons(made.judged[made.chosen][0])],
        "see_doctor": concerns_a_body(claim.text),
        "drafts": [
            {
                "text": draft.text,
                "shown": shown,
                "verdict": verdict,
                "finish": draft.finish,
                "bits": round(draft.bits_per_character, 2),
            }
            for draft, (shown, verdict) in zip(made.drafts, made.judged, strict=True)
        ],
        "characters": list(characters(found)),
    }
