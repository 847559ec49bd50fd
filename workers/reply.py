"""One turn: from the question and the history to a reply that may be shown."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from workers.drafting import SHORTEST, Drafter, Task, likeliest
from workers.informing import Asking, Informer, Told
from workers.knowledge_holder import KnowledgeHolder
from workers.model_holder import LoadedModel, ModelHolder
from workers.ranker_holder import RankerHolder
from workers.tracing import ReplyTrace
from xinglin import texts
from xinglin.account import ServedAccount
from xinglin.clock import SYSTEM, Clock
from xinglin.normal import normal_form
from xinglin.safety.rules import concerns_a_body, hints_at_despair, hints_at_emergency
from xinglin.safety.veto import poison_warnings
from xinglin.settings import Settings
from xinglin.store import Reply, Turn
from xinglin.store.records import Claim

logger = logging.getLogger(__name__)
TRIES = 3


class Replier:
    """Answers from what stands written, and sees to it that what comes back may be shown."""

    def __init__(
        self,
        settings: Settings,
        holder: ModelHolder,
        blocked: Callable[[str, str], bool] | None = None,
        observe: Callable[[Claim, LoadedModel, ReplyTrace], None] | None = None,
        *,
        account: ServedAccount,
        knowledge: KnowledgeHolder | None = None,
        rankers: RankerHolder | None = None,
        clock: Clock = SYSTEM,
        unanswered: Callable[[Claim], str] | None = None,
    ) -> None:
        """Prepare.

        Args:
            settings: of the service.
            holder: holds the model.
            blocked: whether a text may not be shown to a user; None: all may.
            observe: is told how each reply came about; must return at once.
            account: has the texts.
            knowledge: what the account knows; None: the model alone answers, unchecked, as the
                echo backend does.
            rankers: the ranker of drafts; None: the rule chooses.
            clock: for deadlines, measurements and stamps.
            unanswered: is told of a question without an answer; returns what the reply says of a
                person who takes over.
        """
        self._holder, self._account, self._knowledge = holder, account, knowledge
        self._rankers, self._unanswered = rankers, unanswered
        self._clock, self._observe = clock, observe
        self._drafter = Drafter(settings, blocked, clock)
        self._informer = Informer(self._drafter, blocked, clock)

    def answer(self, claim: Claim, history: list[Turn]) -> tuple[Reply, Turn | None]:
        """Return the reply, and the turn to remember (None when there was no real answer).

        Raises:
            EngineError: the engine failed.
            ResultTimeout: it hangs.
        """
        began, account = self._clock.monotonic(), self._account.current
        written, claim = claim.text, replace(claim, text=normal_form(claim.text) or claim.text)
        with self._holder.use() as served:
            if self._knowledge is None:
                told = self._unchecked(served, claim, history, began)
            else:
                known = self._knowledge.current
                ranker = self._rankers.current if self._rankers is not None else None
                asking = Asking(
                    served, known, claim, history, began, account.texts, account.medical, ranker
                )
                told = self._informer.tell(asking)
            took_s = self._clock.monotonic() - began
            if self._observe is not None:
                self._observe(claim, served, ReplyTrace(told, self._clock.now() - took_s))
            model = f"{served.model}@{served.version}"
        extra = {
            "user": claim.user[:8],
            "turn": claim.message_id[-6:],
            "by": told.by,
            "wording": told.wording,
            "characters": len(told.text),
            "ms": round(1000 * took_s),
        }
        logger.info("turn_generated", extra=extra)
        person = self._of_person(claim, told)
        if not told.text:
            text = "\n".join([account.texts.not_found, *person])
            return Reply(text, False, model, claim.message_id, claim.openid), None
        shown = "\n".join([told.shown or told.text, *_warnings(claim.text, told.text), *person])
        reply = Reply(shown, True, model, claim.message_id, claim.openid)
        about = told.marks.written() if told.marks is not None else ""
        return reply, Turn(written, told.text, self._clock.now(), about, told.by)

    def _of_person(self, claim: Claim, told: Told) -> list[str]:
        """Return what is said of a person who takes over, where there was no answer."""
        if self._unanswered is None or (told.text and told.by != "nothing"):
            return []
        said = self._unanswered(claim)
        return [said] if said else []

    def _unchecked(
        self, served: LoadedModel, claim: Claim, history: Sequence[Turn], began: float
    ) -> Told:
        """Let the model answer out of itself; only doses and poisons are looked after."""
        before = [f"{turn.user}\n{turn.assistant}" for turn in history[-1:]]
        task = Task(claim, history, before, likeliest, began=began)
        rounds = []
        for number in range(TRIES):
            rounds.append(self._drafter.write(served, task, number))
            if len(rounds[-1].shown) >= SHORTEST:
                return Told(rounds[-1].shown, "model", "written", rounds=tuple(rounds))
        return Told("", "model", "written", rounds=tuple(rounds))


def _warnings(question: str, reply: str) -> list[str]:
    """Return what must be said beside a reply; none of it is remembered as the model's words."""
    poisons = poison_warnings(reply, question)
    found = list(poisons)
    if concerns_a_body(question):
        found.append(texts.SEE_DOCTOR)
    if hints_at_despair(question):
        found.append(texts.HELPLINE)
    elif not poisons and hints_at_emergency(question):
        found.append(texts.EMERGENCY)
    return found
