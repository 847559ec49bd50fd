"""Words of one meaning as one feature: who, takes what, feels what, where, when.

`concepts.txt` names some seventy concepts with their words, a line or two each. A classifier that has learnt
`娃喝了洁厕灵` then knows `小孙子灌了除锈剂` as well: both hold `@child`, `@take`, `@child>take`, `@take>harsh`.
Words typed in pinyin are found by their syllables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from xinglin.normal import syllable
from xinglin.safety.hearing import Token

FILE = Path(__file__).parent / "concepts.txt"
NEAR = 14  # tokens between two concepts that are seen as a pair

_Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of all concepts.

    Attributes:
        written: the words that begin with each character, the longest first, and their concepts.
        heard: the same by syllables, of the words of two characters and more.
        whole: English words, and numbers.
    """

    written: dict[str, tuple[tuple[str, _Names], ...]]
    heard: dict[str, tuple[tuple[tuple[str, ...], _Names], ...]]
    whole: dict[str, _Names]


def concept_features(tokens: Sequence[Token]) -> set[str]:
    """Return the concepts that a message holds, and the ordered pairs of those near to each other."""
    found = [(at, name) for at, names in concepts_in(tokens) for name in names]
    features = {f"@{name}" for _, name in found}
    for number, (at, one) in enumerate(found):
        for place, other in found[number + 1 :]:
            if place - at > NEAR:
                break
            if other != one:
                features.add(f"@{one}>{other}")
    return features


def concepts_in(tokens: Sequence[Token]) -> Iterator[tuple[int, _Names]]:
    """Yield (place, concepts) of each word that a message holds, the longest at each place."""
    lexicon = read_concepts()
    text = "".join(token.character[:1] or " " for token in tokens)
    for at, token in enumerate(tokens):
        if names := lexicon.whole.get(token.character or token.word):
            yield at, names
        elif token.character:
            yield from _written(lexicon, text, at)
        elif token.sound:
            yield from _heard(lexicon, tokens, at)


def _written(lexicon: Lexicon, text: str, at: int) -> Iterator[tuple[int, _Names]]:
    for word, names in lexicon.written.get(text[at], ()):
        if text.startswith(word, at):
            yield at, names
            return


def _heard(lexicon: Lexicon, tokens: Sequence[Token], at: int) -> Iterator[tuple[int, _Names]]:
    for sounds, names in lexicon.heard.get(tokens[at].sound, ()):
        typed = tokens[at : at + len(sounds)]
        if tuple(token.sound for token in typed) == sounds and not any(
            token.character for token in typed
        ):
            yield at, names
            return


@cache
def read_concepts(file: Path = FILE) -> Lexicon:
    """Read the words of the concepts, once.

    Raises:
        OSError: the file is missing; the package is broken.
    """
    names = defaultdict[str, list[str]](list)
    for line in file.read_text(encoding="utf-8").splitlines():
        name, *words = line.split()
        for word in words:
            if name not in names[word]:
                names[word].append(name)
    whole = {word: tuple(found) for word, found in names.items() if word.isascii()}
    written = defaultdict[str, list[tuple[str, _Names]]](list)
    heard = defaultdict[str, list[tuple[tuple[str, ...], _Names]]](list)
    for word in sorted(names.keys() - whole.keys(), key=lambda word: (-len(word), word)):
        written[word[0]].append((word, tuple(names[word])))
        if len(word) > 1:
            sounds = tuple(map(syllable, word))
            heard[sounds[0]].append((sounds, tuple(names[word])))
    return Lexicon(
        {first: tuple(rows) for first, rows in written.items()},
        {first: tuple(rows) for first, rows in heard.items()},
        whole,
    )
