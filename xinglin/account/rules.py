"""Keyword rules: an owner's own answers, tried in the order of the file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from xinglin.account.patterns import Pattern
from xinglin.account.schedule import Schedule
from xinglin.normal import compact, normal_form, written
from xinglin.wechat.replies import Media

LONGEST_SEEN = 1000
"""Characters of a message that rules look at; of a longer one its beginning and its end.

So a thousand rules take some milliseconds, whatever somebody sends.
"""
_HEAD = 700


@dataclass(frozen=True, slots=True)
class Seen:
    """A follower's text in the forms that rules compare with.

    Attributes:
        whole: its letters and digits, with and without the frame of speech.
        plain: its letters and digits.
        written: the text in the one writing, for patterns.
    """

    whole: frozenset[str]
    plain: str
    written: str

    @classmethod
    def of(cls, text: str) -> Seen:
        """Bring a text into these forms."""
        if len(text) > LONGEST_SEEN:
            text = f"{text[:_HEAD]}\n{text[_HEAD + 1 - LONGEST_SEEN :]}"
        plain = compact(text)
        return cls(frozenset({plain, compact(normal_form(text))}) - {""}, plain, written(text))


@dataclass(frozen=True, slots=True)
class Rule:
    """One `[[reply]]`.

    Attributes:
        number: its place in the file, from 1.
        name: as the owner calls it; "" for none.
        match: whole messages, as letters and digits.
        contains: parts of messages, as letters and digits.
        patterns: regular expressions.
        when: the times when it holds.
        texts: its answers, ready to be shown.
        pick: one of them at random, or all.
        media: a picture, voice, video or article instead.
        ask: what the model is asked instead.
    """

    number: int
    name: str = ""
    match: frozenset[str] = frozenset()
    contains: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    when: Schedule = field(default_factory=Schedule)
    texts: tuple[str, ...] = ()
    pick: Literal["random", "all"] = "random"
    media: Media | None = None
    ask: str = ""

    @property
    def label(self) -> str:
        """Name for people: the number, and the owner's name for it."""
        return f"{self.number} ({self.name})" if self.name else str(self.number)

    @property
    def names(self) -> frozenset[str]:
        """The words that the owner wrote, for whole messages and for parts."""
        return self.match.union(self.contains)

    def why(self, seen: Seen) -> str:
        """Return what of a text it answers to: `match 菜单`; "" for nothing."""
        if found := sorted(seen.whole & self.match):
            return f"match {found[0]}"
        if word := next((word for word in self.contains if word in seen.plain), ""):
            return f"contains {word}"
        pattern = next((one for one in self.patterns if one.finds(seen.written)), None)
        return f"regex {pattern.source}" if pattern else ""

    def text(self, message_id: str) -> str:
        """Return its text for a message; a retry of the same message gets the same."""
        if self.pick == "all" or len(self.texts) < 2:
            return "\n\n".join(self.texts)
        return pick_one(self.texts, message_id)


def pick_one(texts: Sequence[str], message_id: str) -> str:
    """Return one of some texts, always the same for one message."""
    drawn = int.from_bytes(hashlib.sha256(message_id.encode()).digest()[:8], "big")
    return texts[drawn % len(texts)]


def first_rule(rules: Iterable[Rule], text: str, now: datetime) -> tuple[Rule, str] | None:
    """Return the first rule that answers a text at a local time, and why it does."""
    seen = Seen.of(text)
    for rule in rules:
        if rule.when.holds(now) and (why := rule.why(seen)):
            return rule, why
    return None


def exact_rule(rules: Iterable[Rule], text: str, now: datetime) -> Rule | None:
    """Return the first rule that holds and has the whole text in `match` or `contains`."""
    whole = Seen.of(text).whole
    return next((rule for rule in rules if rule.names & whole and rule.when.holds(now)), None)
