"""An account folder's texts and rules, checked and ready to be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from xinglin.account.handover import HandoverRules
from xinglin.account.rules import Rule, exact_rule, first_rule
from xinglin.account.texts import Texts
from xinglin.blocklist import Direction, Word, find_word

SCENE_PREFIX = "qrscene_"


@dataclass(frozen=True, slots=True)
class Account:
    """One version of an account.

    Attributes:
        digest: hash of all its files, the notes too.
        name: of the persona.
        avatar: its one letter, for pages and the console.
        label: what every generated reply ends with.
        medical: whether it speaks about medicine.
        model: name of the model that it wants; "" for the setting's.
        library: its library file; "" for the setting's.
        suggestions: questions to begin with.
        texts: what followers read.
        handover: when a person takes over; None: never.
        rules: keyword rules, in the order in which they are tried.
        scenes: welcome by the scene of a QR code; a key may end with `*`.
        menu: the buttons, as the platform takes them; empty for none.
        words: blocked words.
        verify: files served at `/`, by name.
    """

    digest: str
    name: str
    avatar: str
    label: str
    texts: Texts
    medical: bool = True
    model: str = ""
    library: str = ""
    suggestions: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    handover: HandoverRules | None = None
    scenes: Mapping[str, str] = field(default_factory=dict)
    menu: tuple[Mapping[str, Any], ...] = ()
    words: tuple[Word, ...] = ()
    verify: Mapping[str, bytes] = field(default_factory=dict)

    def rule_for(self, text: str, now: datetime) -> tuple[Rule, str] | None:
        """Return the first rule that answers a text, and why it does."""
        return first_rule(self.rules, text, now) if self.rules else None

    def rule_for_whole(self, text: str, now: datetime) -> Rule | None:
        """Return the first rule that names exactly the whole text."""
        return exact_rule(self.rules, text, now) if self.rules else None

    def blocked(self, text: str, direction: Direction) -> Word | None:
        """Return the first of its blocked words in a text."""
        return find_word(self.words, text, direction)

    def welcome(self, event_key: str) -> str:
        """Return the greeting for the scene that somebody came by; the usual one for others."""
        scene = event_key.removeprefix(SCENE_PREFIX)
        if found := self.scenes.get(scene):
            return found
        starts = [key for key in self.scenes if key.endswith("*") and scene.startswith(key[:-1])]
        if scene and starts:
            return self.scenes[max(starts, key=len)]
        return self.texts.greeting
