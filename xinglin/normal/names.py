"""Known names that are written by their sound: one wrong character, or pinyin.

A repairer that knows no words breaks more than it mends (`柴胡吗` would become `柴胡麻`). So a name
is mended only where it cuts no exact name, where one character differs, where that character is
no function word, and where the pair that is there is no known one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from xinglin.normal.sounds import plain_letters, split_pinyin, syllable

_LONGEST_NAME = 8
_MOST_READINGS = 8
_FUNCTION = frozenset(
    "的了是吗呢吧啊呀什么怎哪些有我你您他她它这那个在会能可以请问和与还比上下不没就都也要用吃喝说讲味性归入经治主"
)
# Characters of medicine that are read in two ways; both are typed.
_ALSO = {
    "参": "shen", "术": "zhu", "柏": "bo", "薄": "bao", "重": "chong", "大": "dai", "藏": "zang",
    "艾": "ai", "血": "xie", "芎": "qiong", "行": "hang", "白": "bo", "曾": "zeng", "枸": "gou",
}  # fmt: skip
_LATIN = re.compile("[a-z]+(?: [a-z]+)*")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Names by their writing and by their sound.

    Attributes:
        names: all of them, written, of two characters or more.
        sounds: the names of each sequence of syllables.
        pairs: pairs of characters that are no mistake.
    """

    names: frozenset[str]
    sounds: dict[tuple[str, ...], tuple[str, ...]]
    pairs: Container[str]

    @classmethod
    def of(cls, things: Iterable[Sequence[str]], known: Iterable[str] = ()) -> Lexicon:
        """Build from the names of each thing, and from texts whose pairs are known to be right.

        Where two names of one thing sound alike, the first one stands for both.
        """
        names: set[str] = set()
        by_sound: dict[tuple[str, ...], dict[int, str]] = defaultdict(dict)
        for number, thing in enumerate(things):
            kept = [name for name in thing if 2 <= len(name) <= _LONGEST_NAME and _is_han(name)]
            names.update(kept)
            for name in kept:
                for reading in _readings(name):
                    by_sound[reading].setdefault(number, name)
        pairs = (text[at : at + 2] for text in known for at in range(len(text) - 1))
        sounds = {reading: tuple(found.values()) for reading, found in by_sound.items()}
        return cls(frozenset(names), sounds, frozenset(pairs))


def mend_names(text: str, lexicon: Lexicon) -> str:
    """Mend one wrong homophone in each known name of a written text."""
    inside = _inside_names(text, lexicon)
    heard = [syllable(c) for c in text]
    at, parts = 0, []
    while at < len(text):
        name = "" if inside[at] else _misspelt(text, heard, inside, at, lexicon)
        parts.append(name or text[at])
        at += len(name) or 1
    return "".join(parts)


def spell_names(text: str, lexicon: Lexicon) -> str:
    """Write known names that are typed in pinyin (`huangqi`, `huang qi`) in characters.

    Where several names sound so, and where a run of Latin words holds other words than pinyin,
    nothing changes.
    """

    def spelt(match: re.Match[str]) -> str:
        words = [split_pinyin(word) for word in match[0].split(" ")]
        if not all(words):
            return match[0]
        return _spell([one for word in words for one in word], lexicon) or match[0]

    plain = plain_letters(text)
    changed = _LATIN.sub(spelt, plain)
    return text if changed == plain else changed


def _spell(heard: list[str], lexicon: Lexicon) -> str:
    at, parts, found = 0, [], False
    while at < len(heard):
        for size in range(min(_LONGEST_NAME, len(heard) - at), 1, -1):
            names = lexicon.sounds.get(tuple(heard[at : at + size]), ())
            if len(names) == 1:
                parts.append(names[0])
                at, found = at + size, True
                break
        else:
            parts.append(heard[at])
            at += 1
    return " ".join(parts) if found else ""


def _misspelt(text: str, heard: list[str], inside: list[bool], at: int, lexicon: Lexicon) -> str:
    for size in range(min(_LONGEST_NAME, len(text) - at), 1, -1):
        if inside[at + size] or text[at : at + size] in lexicon.names:
            continue
        names = lexicon.sounds.get(tuple(heard[at : at + size]), ())
        near = [name for name in names if _is_slip(text, at, name, lexicon)]
        if len(near) == 1:
            return near[0]
    return ""


def _is_slip(text: str, at: int, name: str, lexicon: Lexicon) -> bool:
    wrong = [i for i, c in enumerate(name) if text[at + i] != c]
    if len(wrong) != 1 or text[at + wrong[0]] in _FUNCTION:
        return False
    place = at + wrong[0]
    inside = range(max(at, place - 1), min(place, at + len(name) - 2) + 1)
    after = text[place : place + 2] if place == at + len(name) - 1 else ""
    return after not in lexicon.pairs and not any(text[i : i + 2] in lexicon.pairs for i in inside)


def _inside_names(text: str, lexicon: Lexicon) -> list[bool]:
    """Return for each place, and the end, whether it cuts an exact name."""
    inside, at = [False] * (len(text) + 1), 0
    while at < len(text):
        for size in range(min(_LONGEST_NAME, len(text) - at), 1, -1):
            if text[at : at + size] in lexicon.names:
                inside[at + 1 : at + size] = [True] * (size - 1)
                at += size
                break
        else:
            at += 1
    return inside


def _readings(name: str) -> Iterator[tuple[str, ...]]:
    choices = [tuple(dict.fromkeys((syllable(c), _ALSO.get(c, syllable(c))))) for c in name]
    for number, reading in enumerate(product(*choices)):
        if number == _MOST_READINGS:
            return
        yield reading


def _is_han(name: str) -> bool:
    return all("\u4e00" <= c <= "\u9fff" for c in name)
