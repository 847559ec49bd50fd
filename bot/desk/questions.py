"""Questions that nothing answered: those that ask for the same together, answered or dismissed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, abort, jsonify

from bot.admin.responses import body, refusal
from bot.desk.frame import blueprint, show
from bot.desk.notes import checked_values, with_note
from bot.desk.publishing import author, change
from bot.notes_check import ask_knowledge
from bot.services import current_services
from xinglin.normal import compact

_GROUP = "workers.group_questions"


@dataclass(frozen=True, slots=True)
class Wording:
    """One way in which it was asked.

    Attributes:
        text: as the newest follower wrote it.
        names: of the entries in the store.
        users: hashed ids of who asked so.
        at: the latest time, Unix seconds.
        offered: topics were offered, and nothing better followed.
    """

    text: str
    names: tuple[str, ...]
    users: frozenset[str]
    at: float
    offered: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Wordings that ask for the same, the most frequent first.

    Attributes:
        wordings: the ways in which it was asked.
        when: the latest time, as one reads it.
    """

    wordings: tuple[Wording, ...]
    when: str

    @property
    def count(self) -> int:
        """Number of times that it was asked."""
        return sum(len(one.names) for one in self.wordings)

    @property
    def followers(self) -> int:
        """Number of followers who asked it."""
        return len(frozenset[str]().union(*(one.users for one in self.wordings)))


@blueprint.get("/questions")
def questions() -> str:
    """Show what nothing answered, the most frequent first."""
    services = current_services()
    zone = ZoneInfo(services.settings.timezone)
    return show(
        "questions",
        groups=grouped(services.store.questions.entries(), zone),
        consent=services.settings.consent,
        days=services.settings.questions_ttl_s / 86_400,
    )


@blueprint.post("/questions/answer")
def answer_questions() -> tuple[Response, int]:
    """Publish a note that answers questions, and take them off the list.

    {"names": [...], "questions": [...], "answers": ["..."], "source": "..."}
    """
    fields = body()
    names, values = _names(fields), checked_values(fields)
    done = change(fields, "question answered", lambda one: with_note(one, values))
    current_services().store.questions.drop(names)
    return done


@blueprint.delete("/questions")
def dismiss_questions() -> tuple[Response, int]:
    """Take questions off the list without an answer: {"names": [...]}."""
    fields = body()
    names, store = _names(fields), current_services().store
    dropped = store.questions.drop(names)
    store.audit.add(what="desk", by=author(fields), detail=f"{dropped} questions dismissed")
    return jsonify(dropped=dropped), 200


def grouped(entries: list[dict[str, Any]], zone: ZoneInfo) -> list[Group]:
    """Return the groups of entries of the store, those asked most often first."""
    wordings = _wordings(entries)
    if not wordings:
        return []
    groups = [
        _group([wordings[at] for at in places], zone)
        for places in ask_knowledge(_GROUP, [one.text for one in wordings])
    ]
    return sorted(groups, key=lambda one: -one.count)


def _wordings(entries: list[dict[str, Any]]) -> list[Wording]:
    """Return each wording once, whatever its marks and gaps; entries come newest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        found.setdefault(compact(entry["text"]) or entry["text"], []).append(entry)
    return [
        Wording(
            same[0]["text"],
            tuple(one["name"] for one in same),
            frozenset(one["user"] for one in same),
            max(float(one["at"]) for one in same),
            all(one.get("by") == "offered" for one in same),
        )
        for same in found.values()
    ]


def _group(wordings: list[Wording], zone: ZoneInfo) -> Group:
    latest = datetime.fromtimestamp(max(one.at for one in wordings), zone)
    ordered = sorted(wordings, key=lambda one: -len(one.names))
    return Group(tuple(ordered), latest.strftime("%m-%d %H:%M"))


def _names(fields: dict[str, Any]) -> list[str]:
    names = fields.get("names")
    if not isinstance(names, list) or not names or not all(isinstance(one, str) for one in names):
        abort(refusal("names must be a list of the questions' names", 400))
    return names
