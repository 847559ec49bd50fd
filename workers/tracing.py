"""For the console: how a reply came about, worked out after it is on its way."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from inference.errors import EngineError
from inference.trace import characters, trace
from knowledge.check import words_from
from knowledge.found import Band
from workers.drafting import Draft, DraftRound
from workers.informing import Told
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
class ReplyTrace:
    """Story of a reply, for the console.

    Attributes:
        told: what was found, written, checked and told.
        began_at: when a worker took the message, Unix seconds.
    """

    told: Told
    began_at: float = 0.0


class Tracer:
    """Keeps the story of each reply to a follower of the console for an hour."""

    def __init__(self, store: Store, holder: ModelHolder, worker: str = "") -> None:
        self._store, self._holder, self._worker = store, holder, worker
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="trace")
        self._waiting = 0

    def observe(self, claim: Claim, served: LoadedModel, made: ReplyTrace) -> None:
        """Work the story out in the background, unless the follower is a real one."""
        if not claim.openid.startswith(CONSOLE_FOLLOWER) or self._waiting >= _MOST_WAITING:
            return
        self._waiting += 1
        self._pool.submit(self._keep, claim, served.gen, made)

    def close(self) -> None:
        """Wait for the one under way."""
        self._pool.shutdown(cancel_futures=True)

    def _keep(self, claim: Claim, gen: int, made: ReplyTrace) -> None:
        try:
            with self._holder.use() as served:
                if served.gen == gen:  # another model would tell another story
                    story = _story(served, claim, made) | {"worker": self._worker}
                    self._store.traces.keep(claim.user, claim.message_id, json.dumps(story))
        except (EngineError, StoreError) as error:
            logger.warning("trace_failed", extra={"error": type(error).__name__})
        finally:
            self._waiting -= 1


def _story(served: LoadedModel, claim: Claim, made: ReplyTrace) -> dict[str, Any]:
    told, config = made.told, served.engine.checkpoint.config
    story: dict[str, Any] = {
        "model": served.model,
        "version": served.version,
        "backend": served.engine.backend,
        "codec": served.engine.checkpoint.codec,
        "context": config.context_bytes,
        "attempt": claim.attempt,
        "began_at": round(made.began_at, 4),
        "by": told.by,
        "wording": told.wording,
        "poisons": [name for name, _ in find_poisons(told.text)],
        "see_doctor": concerns_a_body(claim.text),
    }
    if told.answer is not None:
        story["found"] = _found(told)
    if told.rounds:
        story |= _round(served, told.rounds[-1])
    return story


def _found(told: Told) -> dict[str, Any]:
    """Return what was looked up and found, and which words of the reply stand where."""
    assert told.answer is not None
    found = told.answer.found
    texts = [piece.text for piece in found.pieces]
    return {
        "question": found.question,
        "kind": found.kind,
        "band": found.band,
        "certainty": round(found.certainty, 2),
        "subject": found.subject.name if found.subject is not None else "",
        "names": found.names,
        "lacking": found.lacking,
        "find_ms": round(1000 * told.find_s, 2),
        "evidence": [
            {
                "topic": piece.topic,
                "text": piece.text,
                "source": piece.source,
                "score": round(piece.score, 3),
            }
            for piece in found.pieces
        ],
        "words": words_from(told.text, texts) if found.band == Band.ANSWER else [],
    }


def _round(served: LoadedModel, made: DraftRound) -> dict[str, Any]:
    """Return the drafts, and the picture of the one that is shown, or else of the first."""
    engine, draft = served.engine, made.drafts[max(0, made.chosen)]
    found = trace(
        engine, made.prompt, draft.done.data, draft.sampling, ended=draft.done.finish == "end"
    )
    return {
        "prompt": made.prompt.decode(engine.checkpoint.codec, "replace"),
        "prompt_bytes": len(made.prompt),
        "prefill_ms": round(1000 * draft.done.prefill_s, 1),
        "decode_ms": round(1000 * draft.done.decode_s, 1),
        "reply_bytes": len(draft.done.data),
        "finish": draft.done.finish,
        "round": made.number,
        "temperature": draft.sampling.temperature,
        "top_e": draft.sampling.top_e,
        "chosen": made.chosen,
        "unsure_bits": engine.checkpoint.config.unsure_bits,
        "drafts": [_draft(one) for one in made.drafts],
        "characters": list(characters(found)),
    }


def _draft(one: Draft) -> dict[str, Any]:
    reasons = one.verdict.reasons if one.verdict is not None else ()
    return {
        "text": one.done.text,
        "shown": one.shown,
        "verdict": one.fault,
        "reasons": [f"{reason.fault}: {reason.words}" for reason in reasons],
        "finish": one.done.finish,
        "bits": round(one.done.bits_per_character, 2),
    }
