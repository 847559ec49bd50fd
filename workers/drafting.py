"""Drafts of a model, side by side: prompted, decoded, cleaned and judged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inference.engine import Completion
from inference.prompt import build_prompt, encode, render_evidence, render_question
from inference.sampling import SamplingConfig
from knowledge.check import Verdict
from workers.model_holder import LoadedModel
from xinglin.clock import SYSTEM, Clock
from xinglin.normal import normal_form
from xinglin.policy import clean_reply
from xinglin.safety.veto import without_harmless_claims
from xinglin.settings import Settings
from xinglin.store import Turn
from xinglin.store.records import Claim

GENERATION_LIMIT_S = 20.0
OVERTIME_S = 5.0  # the engine ends at its deadline; after this it is broken
SHORTEST = 4
"""Characters; less is no answer."""

Check = Callable[[str], Verdict]


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft and what may be shown of it.

    Attributes:
        done: what the model wrote.
        sampling: how.
        shown: what may be shown; "" where nothing may.
        fault: why not all of it: "cut" (a dose, a citation, half a sentence), "poison", "blocked",
            "unsure", "unfounded" (the check), "mended" (slips of copying); "" for nothing.
        verdict: of the check; None where nothing was checked.
    """

    done: Completion
    sampling: SamplingConfig
    shown: str
    fault: str
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class DraftRound:
    """Drafts that were made at once.

    Attributes:
        prompt: what the model was given.
        drafts: what it wrote.
        chosen: number of the one that is shown; -1 where none may be.
        number: 0, or more when earlier rounds gave nothing.
    """

    prompt: bytes
    drafts: list[Draft]
    chosen: int = -1
    number: int = 0

    @property
    def shown(self) -> str:
        """The part of the chosen draft that may be shown."""
        return self.drafts[self.chosen].shown if self.chosen >= 0 else ""


@dataclass(frozen=True, slots=True)
class Task:
    """Order for the model to write a reply.

    Attributes:
        claim: the question, in its normal form.
        history: turns that it is shown.
        context: texts that may name a poison at which the reply only points.
        choose: returns the number of the draft to show; -1 for none.
        began: when the turn began, on the monotonic clock.
        check: whether a draft may be shown, and why not; None: all may.
        evidence: what it is to write from; () for nothing.
        mend: sets slips of a draft right that the check refused; None: nothing is mended.
    """

    claim: Claim
    history: Sequence[Turn]
    context: Sequence[str]
    choose: Callable[[Sequence[Draft]], int]
    began: float
    check: Check | None = None
    evidence: tuple[str, ...] = ()
    mend: Callable[[str], str] | None = None


class Drafter:
    """Lets the model write, and keeps what may be shown."""

    def __init__(
        self, settings: Settings, blocked: Callable[[str, str], bool] | None, clock: Clock = SYSTEM
    ) -> None:
        """Prepare.

        Args:
            settings: of the service.
            blocked: whether a text may not be shown to a user; None: all may.
            clock: for the deadline of a turn.
        """
        self._settings, self._blocked, self._clock = settings, blocked, clock

    def write(self, served: LoadedModel, task: Task, number: int = 0) -> DraftRound:
        """Decode some drafts side by side, and choose one.

        Raises:
            EngineError: the engine failed.
            ResultTimeout: it hangs.
        """
        prompt = self._prompt(served, task)
        left = max(0.1, GENERATION_LIMIT_S - (self._clock.monotonic() - task.began))
        sampling = [
            self._sampling(served, f"{task.claim.message_id}:{number}:{i}")
            for i in range(self._settings.drafts)
        ]
        running = [served.engine.submit(prompt, one, deadline_s=left) for one in sampling]
        done = [draft.result(left + OVERTIME_S) for draft in running]
        drafts = [
            self._judge(served, task, one, how) for one, how in zip(done, sampling, strict=True)
        ]
        chosen = task.choose(drafts)
        for at, draft in enumerate(running):
            if at != chosen:
                draft.discard()
        return DraftRound(prompt, drafts, chosen, number)

    def _prompt(self, served: LoadedModel, task: Task) -> bytes:
        card = served.engine.checkpoint
        shown = render_evidence(task.evidence) + render_question(task.claim.text)
        budget = card.config.context_bytes - self._longest(served)
        budget = min(budget, self._settings.history_bytes + len(encode(shown, card.codec)))
        return build_prompt(
            [(normal_form(turn.user), turn.assistant) for turn in task.history],
            task.claim.text,
            codec=card.codec,
            budget_bytes=max(16, budget),
            evidence=task.evidence,
        )

    def _longest(self, served: LoadedModel) -> int:
        """Longest reply: prompt and reply share one context, which the model never outgrows."""
        context_bytes = served.engine.checkpoint.config.context_bytes
        return min(self._settings.reply_max_bytes, context_bytes * 5 // 8)

    def _judge(
        self, served: LoadedModel, task: Task, done: Completion, sampling: SamplingConfig
    ) -> Draft:
        """Return a draft with what may be shown of it."""
        text, fault = self._cleaned(task, done)
        unsure = served.engine.checkpoint.config.unsure_bits
        if not fault and unsure and not task.evidence and done.bits_per_character > unsure:
            text, fault = "", "unsure"  # made up: worth less than "I have nothing on this"
        if fault or task.check is None:
            return Draft(done, sampling, text, fault or _cut(text, done))
        verdict = task.check(text)
        if not verdict.passes:
            mended = task.mend(text) if task.mend is not None else text
            if mended != text and task.check(mended).passes:
                return Draft(done, sampling, mended, "mended", verdict)
            return Draft(done, sampling, "", "unfounded", verdict)
        return Draft(done, sampling, text, _cut(text, done), verdict)

    def _cleaned(self, task: Task, done: Completion) -> tuple[str, str]:
        text = clean_reply(done.text, complete=done.finish == "end")
        harmless = without_harmless_claims(text, task.claim.text, *task.context)
        if harmless != text and not (text := clean_reply(harmless)):
            return "", "poison"
        if self._blocked is not None and self._blocked(text, task.claim.user):
            return "", "blocked"
        return text, ""

    def _sampling(self, served: LoadedModel, seed: str) -> SamplingConfig:
        return SamplingConfig(
            top_e=self._settings.top_e,
            temperature=self._settings.temperature,
            max_bytes=self._longest(served),
            seed=int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big"),
        )


def likeliest(drafts: Sequence[Draft]) -> int:
    """Return the number of the draft that surprised the model least; -1 where none may be shown."""
    fit = [at for at, one in enumerate(drafts) if len(one.shown) >= SHORTEST]
    return min(fit, key=lambda at: drafts[at].done.bits_per_character, default=-1)


def _cut(text: str, done: Completion) -> str:
    return "" if text == done.text.strip() else "cut"
