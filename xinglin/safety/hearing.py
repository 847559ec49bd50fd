"""A message as the danger signs see it: characters, sounds and Latin words side by side.

Somebody in need types in pinyin, with a wrong homophone, in English or with an emoji; each of the
three views keeps what the others lose.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from xinglin.normal import bounded, written
from xinglin.normal.sounds import plain_letters, split_pinyin
from xinglin.normal.tables import sounds

_EMOJI = {
    "💀": "死", "☠": "死", "⚰": "死", "🪦": "死", "👶": "宝宝", "🍼": "宝宝", "🧒": "孩子", "🤰": "怀孕",
    "🤱": "哺乳", "💊": "药", "🔪": "刀", "🗡": "刀", "🩸": "血", "🔥": "烧", "🤮": "呕吐", "🤢": "恶心",
    "😵": "晕", "🤒": "发烧", "🌡": "体温", "🐍": "蛇", "🐕": "狗", "🐶": "狗", "🦂": "蝎子", "🚑": "救命",
    "🆘": "救命", "🍄": "蘑菇", "🍷": "酒", "🍺": "酒", "🍵": "茶", "🫀": "心脏", "🩹": "伤口",
}  # fmt: skip
# English words that are pinyin as well.
_ENGLISH = frozenset(
    [
        "a",
        "an",
        "the",
        "i",
        "me",
        "my",
        "she",
        "her",
        "we",
        "is",
        "are",
        "am",
        "was",
        "do",
        "can",
        "to",
        "in",
        "on",
        "tea",
        "die",
        "pain",
        "fan",
        "men",
        "women",
        "man",
        "sun",
        "long",
        "ten",
        "pen",
        "nose",
        "ache",
        "wine",
        "bite",
        "she's",
        "gang",
        "you",
        "dang",
        "panic",
        "china",
    ]
)
_PICTURES = re.compile("|".join(_EMOJI))
_NOT_WORD = re.compile(r"[\W_]+")
_REPEATED = re.compile(r"(.)\1{3,}", re.DOTALL)
_TOKENS = re.compile("[a-z']+|[0-9]+(?:\\.[0-9]+)?|[\u3400-\u4dbf\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Token:
    """A Chinese character, a number, a syllable of pinyin, or a Latin word.

    Attributes:
        character: or digits; "" for what is typed in Latin letters.
        sound: the syllable; "" for numbers and for words that are no pinyin.
        word: the Latin word, at its first syllable.
    """

    character: str
    sound: str
    word: str


@dataclass(frozen=True, slots=True)
class Heard:
    """One message.

    Attributes:
        plain: letters and digits only, for patterns of characters.
        tokens: in order.
        english: it is mostly Latin words, and they are no pinyin.
    """

    plain: str
    tokens: tuple[Token, ...]
    english: bool

    @property
    def sounds(self) -> list[str]:
        """The syllables, with the numbers and words between them."""
        return [token.sound or token.character or token.word for token in self.tokens]

    @property
    def words(self) -> str:
        """The Latin words, with one space on each side of each."""
        return f" {' '.join(token.word for token in self.tokens if token.word)} "


def hear(text: str) -> Heard:
    """Return the views of a message; of a very long one, of its beginning and its end."""
    text = _PICTURES.sub(lambda picture: _EMOJI[picture[0]], bounded(text))
    lines = written(text)
    line = plain_letters(lines).replace("’", "'")
    tokens = tuple(_tokens(_REPEATED.sub(r"\1\1\1", line)))
    words = [token for token in tokens if token.word]
    foreign = sum(not token.sound or token.word in _ENGLISH for token in words)
    han = sum(bool(token.character) and not token.character[0].isdigit() for token in tokens)
    return Heard(
        _NOT_WORD.sub("", lines.lower()), tokens, len(words) > han and 2 * foreign >= len(words)
    )


def _tokens(line: str) -> list[Token]:
    known, tokens = sounds(), []
    for part in _TOKENS.findall(line):
        if not part[0].isascii() or part[0].isdigit():
            tokens.append(Token(part, known.get(part, ""), ""))
            continue
        syllables: Sequence[str] = split_pinyin(part) or ("",)
        tokens += [Token("", s, "" if at else part) for at, s in enumerate(syllables)]
    return tokens
