"""Repliers of three accounts with the shipped model; what is compiled stays in `var/`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from knowledge.library import Library
from knowledge.ranker import Ranker
from tests.folder_account import accounts, served
from workers.informing import Told
from workers.knowledge_holder import KnowledgeHolder
from workers.model_holder import ModelHolder, open_engine
from workers.reply import Replier
from xinglin.settings import Settings
from xinglin.store import Reply, Turn
from xinglin.store.records import Claim

ROOT = Path(__file__).resolve().parents[2]
SHOP = ROOT / "tests" / "knowledge" / "data" / "teashop"
_NUMBERS = itertools.count(1)


@dataclass
class Talk:
    """One follower's conversation, without Redis."""

    replier: Replier
    told: list[Told]
    history: list[Turn] = field(default_factory=list)

    def say(self, text: str) -> Reply:
        claim = Claim("u" * 24, "t", f"m{next(_NUMBERS)}", "o1", text, 1)
        reply, turn = self.replier.answer(claim, list(self.history))
        if turn is not None:
            self.history.append(turn)
        return reply

    @property
    def last(self) -> Told:
        return self.told[-1]


@pytest.fixture
def echo(settings: Settings) -> Settings:
    """A model that says what it was asked."""
    return replace(settings, backend="echo")


@pytest.fixture(scope="session")
def holder() -> Iterator[ModelHolder]:
    settings = Settings(models=ROOT / "models", backend="cpu")
    held = ModelHolder(open_engine(settings, "tcm", announced=False), "tcm", 0)
    yield held
    held.close()


@pytest.fixture(scope="session")
def holders() -> Callable[[str], KnowledgeHolder]:
    """Opens accounts, each once."""
    found: dict[str, KnowledgeHolder] = {}

    def hold(account: str) -> KnowledgeHolder:
        if account not in found:
            found[account] = KnowledgeHolder(Settings(account=account), served(account))
            assert found[account].problem == ""
        return found[account]

    return hold


@pytest.fixture
def talk(holder: ModelHolder, holders: Callable[[str], KnowledgeHolder]) -> Callable[..., Talk]:
    """Begins conversations with an account."""

    def begin(
        account: str = "tcm",
        blocked: Sequence[str] = (),
        holder: ModelHolder = holder,
        library: Library | None = None,
        ranker: Ranker | None = None,
    ) -> Talk:
        told: list[Told] = []
        knowledge: Any = holders(account)
        if library is not None:
            known = replace(knowledge.current, library=library)
            knowledge = SimpleNamespace(current=known)
        replier = Replier(
            Settings(account=account),
            holder,
            lambda text, user: any(word in text for word in blocked),
            lambda claim, served, made: told.append(made.told),
            account=SimpleNamespace(current=accounts(account)),
            knowledge=knowledge,
            rankers=SimpleNamespace(current=ranker),
        )
        return Talk(replier, told)

    return begin
