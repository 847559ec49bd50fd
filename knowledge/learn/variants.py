"""A question as other followers would type it: script, signs, gaps, fillers, slips, pinyin.

Each change depends on the text alone, so that it can be repeated.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable, Collection, Mapping

from xinglin.normal.tables import simplified, sounds

Change = Callable[[str], str]

_FULL = {**{code: chr(code + 0xFEE0) for code in range(0x21, 0x7F)}, 0x20: "\u3000"}
_HALF = str.maketrans("，。？！：；（）“”", ',.?!:;()""')
_HAN = re.compile("[\u4e00-\u9fa5]")


def variants(common: Collection[str]) -> Mapping[str, Change]:
    """Return the changes by name.

    Args:
        common: characters that people type; a slip puts one of these.
    """
    return {
        "traditional": traditional,
        "emoji": lambda text: f"{text}😭🙏[流泪]",
        "spaces": " ".join,
        "fillers": lambda text: f"那个，老师您好，我想请问一下，{text}？谢谢您",
        "no marks": lambda text: re.sub(r"\W", "", text),
        "half-width": lambda text: f"{text.translate(_HALF)}?",
        "full-width": lambda text: text.translate(_FULL) + "\u3000",
        "doubled": _doubled,
        "swapped": _swapped,
        "homophone": lambda text: homophone(text, common),
        "pinyin": lambda text: " ".join(sounds().get(one, one) for one in text),
    }


def traditional(text: str) -> str:
    """Return a text in traditional characters."""
    back = {plain: chr(code) for code, plain in reversed(list(simplified().items()))}
    return "".join(back.get(one, one) for one in text)


def homophone(text: str, common: Collection[str]) -> str:
    """Put another common character of the same sound for one."""
    rng = random.Random(text)
    alike: dict[str, list[str]] = {}
    for character in sorted(common):
        if character in sounds() and _HAN.match(character):
            alike.setdefault(sounds()[character], []).append(character)
    places = [at for at, one in enumerate(text) if one in sounds()]
    for at in rng.sample(places, len(places)):
        others = [one for one in alike.get(sounds()[text[at]], ()) if one != text[at]]
        if others:
            return text[:at] + rng.choice(others) + text[at + 1 :]
    return text


def _doubled(text: str) -> str:
    """Type one character twice."""
    at = random.Random(text).randrange(len(text))
    return text[: at + 1] + text[at:]


def _swapped(text: str) -> str:
    """Type two neighbours in the wrong order."""
    pairs = itertools.pairwise(text)
    places = [at for at, pair in enumerate(pairs) if all(map(_HAN.match, pair))]
    if not places:
        return text
    at = random.Random(text).choice(places)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
