"""The service as a follower meets it, opened in this process.

The web side answers first, then a worker's Replier. Both are named by string, as the jobs are:
training imports neither.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from inference.errors import ConfigError
from inference.sampling import SamplingConfig
from knowledge.answer import told_pieces
from knowledge.check import Checker
from knowledge.errors import KnowledgeError
from knowledge.find import Finder
from knowledge.found import Band
from training.errors import DataError


@dataclass(frozen=True, slots=True)
class Asking:
    """Settings by which the service draws drafts.

    Attributes:
        top_e: as in `SamplingConfig`.
        temperature: as in `SamplingConfig`; the service's default.
        seed: another one gives other drafts.
        drafts: of each reply; the service's default.
        backend: that decodes.
    """

    top_e: float = 1.0
    temperature: float = 0.7
    seed: int = 1
    drafts: int = 3
    backend: str = "cpu"

    def check(self) -> None:
        """Raise ConfigError where one of them is out of its range."""
        SamplingConfig(top_e=self.top_e, temperature=self.temperature, seed=self.seed)
        if self.drafts < 1:
            raise ConfigError(f"drafts is {self.drafts}; it must be 1 or more")


@dataclass(frozen=True, slots=True)
class Reply:
    """Last reply of a conversation.

    Attributes:
        turns: what was asked.
        text: all that is shown, with links and warnings.
        body: what is remembered of it; "" where the web side answered.
        by: what it was told from, as in `workers.informing.Told`, or the step of the web side.
        wording: "written" by the model, "copied" or "fixed".
        topic: of the told piece; "" where none is.
        ids: of the told pieces.
        evidence: their texts.
        drafts: texts that the model wrote.
        ended: whether the model ended all drafts by itself.
        answers: whether it answers; an offer, small talk and a fixed text do not.
        cpu_s: processor time of all threads.
    """

    turns: tuple[str, ...]
    text: str
    body: str = ""
    by: str = ""
    wording: str = "fixed"
    topic: str = ""
    ids: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()
    ended: bool = True
    answers: bool = False
    cpu_s: float = 0.0

    @property
    def told(self) -> tuple[object, ...]:
        """Key that two replies share which tell the same."""
        return (self.by, self.ids) if self.ids else (self.by, self.text)


class Service:
    """One account, answered by one model."""

    def __init__(self, model: Path, account: str, how: Asking, library: Path | None = None) -> None:
        """Open it.

        Args:
            model: folder of the model.
            account: a name under `accounts/`, or a folder.
            how: to draw drafts.
            library: file of a library, or None.

        Raises:
            DataError: account, knowledge or library cannot be used.
            EngineError: the model cannot be opened, or an option is out of its range.
        """
        how.check()
        local, settings = import_module("workers.local_service"), import_module("xinglin.settings")
        self._preview = import_module("bot.handlers.preview")
        self._settings = settings.Settings(
            account=account,
            model=str(model.resolve()),
            library=str(library or ""),
            backend=how.backend,
            top_e=how.top_e,
            temperature=how.temperature,
            drafts=how.drafts,
        )
        try:
            self._service = local.LocalService(self._settings)
        except (KnowledgeError, import_module("xinglin.errors").XinglinError) as error:
            raise DataError(str(error)) from error
        self._begin, self._seed, self._asked = local.LocalConversation, how.seed, 0

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
        self._service.close()

    @property
    def finder(self) -> Finder:
        """The finder of the account's notes."""
        finder: Finder = self._service.known.finder
        return finder

    @property
    def checker(self) -> Checker:
        """The checker of drafts."""
        checker: Checker = self._service.known.checker
        return checker

    @property
    def folder(self) -> Path:
        """Folder of the account's notes and tables."""
        folder: Path = self._service.account.folder()
        return folder / "knowledge"

    def ask(self, *turns: str) -> Reply:
        """Ask in a conversation of its own; return the last reply."""
        self._asked += 1
        web = self._preview.preview_of(self._settings, self._service.account.current)
        conversation = self._begin(self._service, web, f"{self._seed}:{self._asked}")
        for turn in turns[:-1]:
            conversation.say(turn)
        began = time.process_time()
        said = conversation.say(turns[-1])
        return _reply(turns, said, time.process_time() - began)


def _reply(turns: Sequence[str], said: Any, cpu_s: float) -> Reply:
    told = said.told
    if told is None:
        return Reply(tuple(turns), said.text, by=said.by, answers=said.answers, cpu_s=cpu_s)
    found = told.answer.found if told.answer is not None else None
    pieces = told_pieces(found) if found is not None and found.band == Band.ANSWER else ()
    written = [draft.done for made in told.rounds for draft in made.drafts]
    return Reply(
        turns=tuple(turns),
        text=said.text,
        body=told.text,
        by=said.by,
        wording=told.wording,
        topic=said.topic,
        ids=tuple(piece.id for piece in pieces),
        evidence=tuple(piece.text for piece in pieces),
        drafts=tuple(one.text for one in written),
        ended=all(one.finish == "end" for one in written),
        answers=said.answers,
        cpu_s=cpu_s,
    )
