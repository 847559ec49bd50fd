"""One turn: from the question and the history to a reply that may be shown."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import replace

from inference.engine import Completion
from inference.prompt import build_prompt, encode, render_question
from inference.sampling import SamplingConfig
from knowledge.follow_up import is_follow_up
from knowledge.reranking import SHORTEST, choose_draft, stays_on_topic
from workers.model_holder import LoadedModel, ModelHolder
from workers.tracing import DraftRound
from xinglin import texts
from xinglin.normal import normal_form
from xinglin.policy import clean_reply
from xinglin.safety.rules import concerns_a_body, hints_at_despair
from xinglin.safety.veto import poison_warnings, without_harmless_claims
from xinglin.settings import Settings
from xinglin.store import Reply, Turn
from xinglin.store.records import Claim

logger = logging.getLogger(__name__)
GENERATION_LIMIT_S = 20.0
OVERTIME_S = 5.0  # the engine ends at its deadline; after this it is broken
TRIES = 3


class Replier:
    """Asks the model, and sees to it that what comes back may be shown."""

    def __init__(
        self,
        settings: Settings,
        holder: ModelHolder,
        blocked: Callable[[str, str], bool] | None = None,
        observe: Callable[[Claim, LoadedModel, DraftRound], None] | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Prepare.

        Args:
            settings: of the service.
            holder: holds the model.
            blocked: whether a text may not be shown to a user; None: all may.
            observe: is told how each reply came about; must return at once.
            now: the clock.
        """
        self._settings, self._holder, self._blocked, self._now = settings, holder, blocked, now
        self._observe = observe

    def answer(self, claim: Claim, history: list[Turn]) -> tuple[Reply, Turn | None]:
        """Return the reply, and the turn to remember (None when there was no real answer).

        Raises:
            EngineError: the engine failed.
            ResultTimeout: it hangs.
        """
        began = time.monotonic()
        written, claim = claim.text, replace(claim, text=normal_form(claim.text) or claim.text)
        before = f"{history[-1].user}\n{history[-1].assistant}" if history else ""
        with self._holder.use() as served:
            prompt = self._prompt(claim, history, served)
            for number in range(TRIES):
                text = self._generate(served, prompt, claim, before, number=number, began=began)
                if len(text) >= SHORTEST:
                    break
            model = f"{served.model}@{served.version}"
        extra = {
            "user": claim.user[:8],
            "turn": claim.message_id[-6:],
            "prompt_bytes": len(prompt),
            "characters": len(text),
            "ms": round(1000 * (time.monotonic() - began)),
        }
        logger.info("turn_generated", extra=extra)
        if len(text) < SHORTEST:
            reply = Reply(texts.EMPTY_REPLY, False, model, claim.message_id, claim.openid)
            return reply, None
        shown = "\n".join([text, *_warnings(claim.text, text)])
        reply = Reply(shown, True, model, claim.message_id, claim.openid)
        return reply, Turn(written, text, self._now())

    def _prompt(self, claim: Claim, history: list[Turn], served: LoadedModel) -> bytes:
        card = served.engine.checkpoint
        question = len(encode(render_question(claim.text), card.codec))
        budget = card.config.context_bytes - self._longest(served)
        budget = min(budget, self._settings.history_bytes + question)
        said = history if is_follow_up(claim.text) else []
        return build_prompt(
            [(normal_form(turn.user), turn.assistant) for turn in said],
            claim.text,
            codec=card.codec,
            budget_bytes=max(16, budget),
        )

    def _longest(self, served: LoadedModel) -> int:
        """Longest reply: prompt and reply share one context, which the model never outgrows."""
        context_bytes = served.engine.checkpoint.config.context_bytes
        return min(self._settings.reply_max_bytes, context_bytes * 5 // 8)

    def _generate(
        self,
        served: LoadedModel,
        prompt: bytes,
        claim: Claim,
        before: str,
        *,
        number: int,
        began: float,
    ) -> str:
        """Decode some drafts side by side and return the one that keeps to the question."""
        left = max(0.1, GENERATION_LIMIT_S - (time.monotonic() - began))
        sampling = [
            self._sampling(served, f"{claim.message_id}:{number}:{i}")
            for i in range(self._settings.drafts)
        ]
        drafts = [served.engine.submit(prompt, one, deadline_s=left) for one in sampling]
        found = [draft.result(left + OVERTIME_S) for draft in drafts]
        judged = [self._judge(served, claim, before, done) for done in found]
        cleaned = [text for text, _ in judged]
        chosen = choose_draft(claim.text, cleaned, [done.bits_per_character for done in found])
        for at, draft in enumerate(drafts):
            if at != chosen:
                draft.discard()
        if self._observe is not None:
            began_at = self._now() - (time.monotonic() - began)
            made = DraftRound(prompt, found, sampling, judged, chosen, number, began_at)
            self._observe(claim, served, made)
        return cleaned[chosen]

    def _judge(
        self, served: LoadedModel, claim: Claim, before: str, done: Completion
    ) -> tuple[str, str]:
        """Return what may be shown of a draft, and what was wrong with the rest ("": nothing)."""
        text = clean_reply(done.text, complete=done.finish == "end")
        harmless = without_harmless_claims(text, claim.text, before)
        if harmless != text and not (text := clean_reply(harmless)):
            return "", "poison"
        if self._blocked is not None and self._blocked(text, claim.user):
            return "", "blocked"
        unsure = served.engine.checkpoint.config.unsure_bits
        # What is made up, or off the point, is worth less than "I cannot answer this".
        if unsure and done.bits_per_character > unsure:
            return "", "unsure"
        if unsure and not stays_on_topic(claim.text, text):
            return "", "off"
        return text, "" if text == done.text.strip() else "cut"

    def _sampling(self, served: LoadedModel, seed: str) -> SamplingConfig:
        return SamplingConfig(
            top_e=self._settings.top_e,
            temperature=self._settings.temperature,
            max_bytes=self._longest(served),
            seed=int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big"),
        )


def _warnings(question: str, reply: str) -> list[str]:
    """Return what must be said beside a reply; none of it is remembered as the model's words."""
    found = poison_warnings(reply, question)
    if concerns_a_body(question):
        found.append(texts.SEE_DOCTOR)
    if hints_at_despair(question):
        found.append(texts.HELPLINE)
    return found
