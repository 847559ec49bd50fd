"""The poisons of the pharmacy: which a text names, and what is said of them.

`poisons.jsonl` holds the 28 kinds of the State Council's list of 1988 (医疗用毒性药品), what the
pharmacopoeia calls 大毒, 有毒 and 小毒, minerals that chemistry has since condemned, and plants that
are taken for food; with aliases and processed forms. Old books prescribe them, and a model may put
them anywhere. Herbs that are no poisons by the pharmacopoeia, but of whose harm authorities have
warned since, stand there as `cautioned`, with the harm and the source.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from xinglin.normal import Lexicon, bounded, compact, spell_names, written
from xinglin.safety.hearing import hear

FILE = Path(__file__).parent / "poisons.jsonl"
Degree = Literal["deadly", "toxic", "slight", "cautioned"]

# Names of harmless things that hold a poison's name.
_SAFE = (
    "白花蛇舌草", "胆南星", "甜杏仁", "南杏仁", "杏仁露", "杏仁茶", "杏仁豆腐", "杏仁饼", "杏仁酥", "美国大杏仁", "皂角米",
    "沙苑蒺藜", "常山赵子龙", "巴豆腐", "水玉米", "首乌藤", "首乌洗发", "少辛辣",
)  # fmt: skip
_ASKED = re.compile(
    "(?:有|没有?|无|含|带|是不是|算不算|属于|是).{0,3}毒(?!蛇|蘑)(?:性|药)?(?:大|强|很)?(?:吗|么|不|没|呢|嘛|吧|否|啊|$)|毒不毒|有没有毒|"
    "毒性(?:大|怎么|如何|强|多)|无毒|安全(?:吗|么|不)|能(?:不能|否|直接|天天|长期)?(?:吃|喝|服|泡|炖|煮|嚼|食)|"
    "可(?:以|否|不可以)(?:直接|天天|每天|长期|经常|用来|拿来|生)?(?:吃|喝|服|泡|炖|煮|嚼|食|入|当|做|炒)|泡水|泡茶|代茶|泡酒|炖汤|煲汤|煮粥|"
    "炒着吃|生吃|(?:吃|喝|服|饮|泡|炖|煮|嚼|吞|舔).{1,10}(?:可以|可否|能行|行不|行吗|好吗|好不好|好么|会怎|会不会|没事|有事|要紧|安全|怎么样|合适)|当菜|放心|会(?:不会)?(?:中毒|死人|毒死|有事)|怎么(?:吃|喝|服|泡)|副作用"
)
_NAMED_LATIN = {
    "arsenic": "砒霜", "mercury": "水银", "cinnabar": "朱砂", "realgar": "雄黄", "aconite": "附子",
    "wolfsbane": "草乌", "fuzi": "附子", "datura": "洋金花", "strychnine": "马钱子", "nux": "马钱子",
    "croton": "巴豆", "toad": "蟾酥", "oleander": "夹竹桃", "pinellia": "半夏", "asarum": "细辛",
}  # fmt: skip
_ASKED_LATIN = re.compile(
    " (?:poison\\w*|toxic\\w*|safe|harmful|harmless|dangerous|eat|drink|take|tea|soak|you du|neng chi|"
    "neng he|ke yi chi|ke yi he|pao shui|pao jiu) "
)
_WARNED = re.compile(
    "(?<![没无])有(?:大|小|剧|微|一定的?|较?强的?)?毒(?!吗|么)|[大剧小]毒(?!吗)|毒药|毒性(?:大|强|剧烈|很大|较大)|(?<!不)(?<!不会)中毒|"
    "(?<![没无不])毒物|毒蛇|腐蚀|致命|致死"
)
_NEAR = 80


@dataclass(frozen=True, slots=True)
class Poison:
    """One poison.

    Attributes:
        name: the one it is called by.
        aliases: its other names and processed forms.
        degree: how poisonous it is.
        quiet: a flower or a place as well; named without a warning.
        harm: of a cautioned herb, what it may do.
    """

    name: str
    aliases: tuple[str, ...]
    degree: Degree
    quiet: bool = False
    harm: str = ""


@cache
def read_poisons(file: Path = FILE) -> tuple[Poison, ...]:
    """Read the list, once.

    Raises:
        OSError, ValueError, KeyError: the file is missing or damaged; the package is broken.
    """
    rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return tuple(
        Poison(
            row["name"],
            tuple(row["aliases"]),
            row["degree"],
            row.get("quiet", False),
            row.get("harm", ""),
        )
        for row in rows
    )


@cache
def _by_first() -> dict[str, tuple[tuple[str, Poison | None], ...]]:
    """Return the names that begin with each character, the longest first."""
    found: dict[str, list[tuple[str, Poison | None]]] = defaultdict(list)
    for poison in read_poisons():
        for name in (poison.name, *poison.aliases):
            found[name[0]].append((name, poison))
    for name in _SAFE:
        found[name[0]].append((name, None))
    return {
        first: tuple(sorted(names, key=lambda pair: -len(pair[0])))
        for first, names in found.items()
    }


def named_poisons(text: str) -> Iterator[tuple[int, str, Poison]]:
    """Yield (place, name, poison) of every poison that a text names."""
    names, at = _by_first(), 0
    while at < len(text):
        for name, poison in names.get(text[at], ()):
            if text.startswith(name, at):
                if poison is not None:
                    yield at, name, poison
                at += len(name)
                break
        else:
            at += 1


def names_poison(text: str) -> bool:
    """Return whether a text names a poison, however it is written."""
    return next(named_poisons(compact(text)), None) is not None


def warns(text: str) -> bool:
    """Return whether a text calls anything poisonous."""
    return bool(_WARNED.search(text))


def find_poisons(text: str) -> list[tuple[str, Poison]]:
    """Return the poisons that a text names without saying that they are; each once, in order.

    A poison counts as called one where a warning stands within 80 characters after its name, or in
    the same sentence before it.
    """
    warned = [match.start() for match in _WARNED.finditer(text)]
    found: dict[str, tuple[str, Poison]] = {}
    told: set[str] = set()
    for at, name, poison in named_poisons(text):
        begin = max(text.rfind(mark, 0, at) for mark in "。！？\n")
        if any(begin < place <= at + len(name) + _NEAR for place in warned):
            told.add(poison.name)
        elif not poison.quiet and poison.degree != "cautioned":
            found.setdefault(poison.name, (name, poison))
    return [pair for key, pair in found.items() if key not in told]


def asked_poison(text: str) -> tuple[str, Poison] | None:
    """Return the poison that a question asks to eat, drink or know the danger of, and its name."""
    heard = hear(text)
    plain = heard.plain
    if words := {token.word for token in heard.tokens if token.word}:
        plain = compact(spell_names(written(bounded(text)), _lexicon()))
        plain += "".join(name for word, name in _NAMED_LATIN.items() if word in words)
    asked = _ASKED.search(plain) or _ASKED_LATIN.search(f" {' '.join(heard.sounds)} ")
    if not asked and not _ASKED_LATIN.search(heard.words):
        return None
    found = max(named_poisons(plain), key=lambda one: _DEGREES[one[2].degree], default=None)
    return (found[1], found[2]) if found else None


@cache
def _lexicon() -> Lexicon:
    return Lexicon.of([(poison.name, *poison.aliases) for poison in read_poisons()])


_DEGREES: dict[Degree, int] = {"cautioned": 0, "slight": 1, "toxic": 2, "deadly": 3}
