"""An account served in this process, without Redis: for `xinglin ask` and for measuring.

A conversation is answered as a follower's is: first what the web side says itself, if the caller
gives that, then a worker's Replier with the model, the notes and the library of the settings.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from knowledge.errors import KnowledgeError
from knowledge.found import Band
from knowledge.publishing import has_notes
from workers.informing import Told
from workers.knowledge_holder import KnowledgeHolder, Known, cache_folder, compile_account
from workers.model_holder import LoadedModel, ModelHolder, open_engine
from workers.reply import Replier
from workers.tracing import ReplyTrace
from xinglin.account import FolderAccount, find_folder
from xinglin.blocklist import BlockList
from xinglin.settings import Settings
from xinglin.store import Turn
from xinglin.store.records import Claim


class WebAnswer(Protocol):
    """Reply that comes before the notes; `bot.handlers.preview` has them."""

    @property
    def step(self) -> str:
        """The step that answered: "command", "danger", "rule" and the like."""

    @property
    def reply(self) -> str:
        """Text that a follower reads; "" where nothing is sent."""

    @property
    def ask(self) -> str:
        """Question that the notes are asked instead."""

    @property
    def forgets(self) -> bool:
        """True if the conversation begins anew."""


WebSide = Callable[[str], WebAnswer | None]


@dataclass(frozen=True, slots=True)
class Said:
    """One reply.

    Attributes:
        text: all that a follower reads, but for the label.
        told: how a worker came to it; None where the web side answered.
        step: of the web side; "" where a worker answered.
    """

    text: str
    told: Told | None = None
    step: str = ""

    @property
    def by(self) -> str:
        """Source of the answer: as in `Told`, or the step of the web side."""
        return self.told.by if self.told is not None else self.step

    @property
    def band(self) -> str:
        """Use that was made of what was found; "" where nothing was looked up."""
        found = self.told.answer if self.told is not None else None
        return found.found.band.value if found is not None else ""

    @property
    def topic(self) -> str:
        """Subject of the told piece; "" where none is told."""
        found = self.told.answer if self.told is not None else None
        told = found is not None and found.found.band == Band.ANSWER
        return found.found.pieces[0].topic if found is not None and told else ""

    @property
    def answers(self) -> bool:
        """True if anything is answered; an offer, small talk and a fixed text answer nothing."""
        if self.told is None:
            return self.step == "rule"
        return self.by == "source" or (self.by != "talk" and self.told.wording != "fixed")


class LocalService:
    """Replies of one account by one model."""

    def __init__(self, settings: Settings) -> None:
        """Open account, model and library.

        Raises:
            SettingsError: there is no such account.
            AccountError: its folder cannot be used.
            KnowledgeError: its knowledge or the library cannot be used.
            ModelLoadError: the model cannot be served.
        """
        folder = find_folder(settings.account)
        if not has_notes(folder):
            compile_account(folder, cache_folder(settings))
        self.account = FolderAccount(folder)
        self._knowledge = KnowledgeHolder(settings, self.account)
        if self._knowledge.problem:
            raise KnowledgeError(self._knowledge.problem)
        engine = open_engine(settings, settings.model, announced=False)
        self._holder = ModelHolder(engine, settings.model, 0)
        self._words = BlockList(settings.blocked_words)
        self._told: list[Told] = []
        self._replier = Replier(
            settings,
            self._holder,
            self._blocked,
            self._observe,
            account=self.account,
            knowledge=self._knowledge,
        )

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close model and library."""
        self.close()

    @property
    def known(self) -> Known:
        """Finder and checker of the account."""
        return self._knowledge.current

    def close(self) -> None:
        """Close model and library."""
        self._holder.close()
        self._knowledge.close()

    def answer(self, question: str, history: list[Turn], name: str) -> tuple[Said, Turn | None]:
        """Return the reply of a worker, and the turn to remember.

        Args:
            question: as it was written.
            history: turns before it.
            name: of the message; the same one gives the same drafts.
        """
        claim = Claim("local", "", name, "", question, 1)
        reply, turn = self._replier.answer(claim, list(history))
        return Said(reply.text, self._told.pop()), turn

    def _observe(self, claim: Claim, served: LoadedModel, trace: ReplyTrace) -> None:
        del claim, served
        self._told.append(trace.told)

    def _blocked(self, text: str, user: str) -> bool:
        del user
        return bool(self._words.find(text, "out") or self.account.current.blocked(text, "out"))


class LocalConversation:
    """One follower's turns."""

    def __init__(
        self, service: LocalService, web: WebSide | None = None, name: str = "local"
    ) -> None:
        """Begin.

        Args:
            service: answers.
            web: answers before it; None: nothing does.
            name: of the conversation; the same one gives the same drafts.
        """
        self._service, self._web, self._name = service, web, name
        self._numbers = itertools.count()
        self._history: list[Turn] = []

    def say(self, text: str) -> Said:
        """Return the reply to one message; it is remembered as the service does."""
        first = self._web(text) if self._web is not None else None
        if first is not None and first.forgets:
            self.forget()
        if first is not None and not first.ask:
            return Said(first.reply, step=first.step)
        asked = first.ask if first is not None else text
        name = f"{self._name}:{next(self._numbers)}"
        said, turn = self._service.answer(asked, self._history, name)
        if turn is not None:
            self._history.append(turn)
        return said

    def forget(self) -> None:
        """Begin anew."""
        self._history.clear()
