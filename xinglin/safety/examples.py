"""The sentences that the classifier of danger signs is fitted to.

`sentences/*.jsonl` holds written ones, {"sign": CATEGORY or "none", "text": ...} a line; `judge.jsonl`
is only judged. `frames.jsonl` holds frames with slots, {"sign", "frames", "slots", "count"}, of which
`count` sentences are drawn; the phrases of `sounded.py` join them. Each sentence comes twice more: typed in pinyin, and with one character
for another of the same sound.
"""

from __future__ import annotations

import csv
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from xinglin.normal import syllable, syllables
from xinglin.normal.tables import sounds
from xinglin.safety.signs import FILE
from xinglin.safety.sounded import known_phrases

SENTENCES = FILE.parent / "sentences"
JUDGED = frozenset({"judge", "strangers"})
_HELD = frozenset({"voices"})
_MOST_HELD = 40
_TRIES = 4


def read_sentences(path: Path, names: Sequence[str]) -> list[tuple[str, int]]:
    """Read the (text, label) of a file; a label is an index into `names`.

    Raises:
        ValueError: a line is no sentence, or names no category.
    """
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            record = json.loads(line)
            found.append((str(record["text"]), names.index(record["sign"])))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path}, line {number}: {error}") from error
    return found


def read_frames(
    path: Path, names: Sequence[str], every: int = 0, *, held: bool = False, seed: int = 1
) -> list[tuple[str, int]]:
    """Draw sentences from the frames of a file, the same ones every time.

    Args:
        path: of the frames.
        names: of the categories.
        every: holds out each so many-th row of frames; 0 holds out none.
        held: draws from the rows held out instead of the others, up to 40 sentences each.
        seed: of the draw.
    """
    draw = random.Random(seed)
    found: dict[str, int] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        if (bool(every) and number % every == 0) != held:
            continue
        record = json.loads(line)
        label = names.index(record["sign"])
        for _ in range(min(int(record["count"]), _MOST_HELD) if held else int(record["count"])):
            found.setdefault(_fill(record, draw), label)
    return list(found.items())


def _fill(record: Mapping[str, Any], draw: random.Random) -> str:
    slots = {name: draw.choice(words) for name, words in record["slots"].items()}
    return str(draw.choice(record["frames"]).format(**slots))


def read_written(names: Sequence[str], every: int = 0) -> list[tuple[str, int]]:
    """Read all sentences that may be learnt from, without those of `read_held`."""
    found = read_frames(SENTENCES / "frames.jsonl", names, every)
    found += [(phrase, names.index(name)) for phrase, name in known_phrases()]
    for path in sorted(SENTENCES.glob("*.jsonl")):
        if path.stem not in JUDGED | {"frames"} and not (every and path.stem in _HELD):
            found += read_sentences(path, names)
    return found


def read_held(names: Sequence[str], every: int) -> list[tuple[str, int]]:
    """Read sentences of whole frames and files that `read_written` leaves out, to choose thresholds."""
    found = read_frames(SENTENCES / "frames.jsonl", names, every, held=True)
    for stem in sorted(_HELD):
        found += read_sentences(SENTENCES / f"{stem}.jsonl", names)
    return found


def in_pinyin(text: str, *, spaced: bool = True) -> str:
    """Return a text as it is typed without a Chinese keyboard."""
    return (" " if spaced else "").join(syllables(text))


def in_context(
    texts: Sequence[tuple[str, int]], others: Sequence[str], count: int, seed: int = 7
) -> list[tuple[str, int]]:
    """Return some of the texts with something harmless said before or after."""
    draw = random.Random(seed)
    chosen = draw.sample(texts, min(count, len(texts)))
    around = [draw.choice(others) for _ in chosen] if others else [""] * len(chosen)
    return [
        (f"{other}，{text}" if at % 2 else f"{text}。{other}", label)
        for at, ((text, label), other) in enumerate(zip(chosen, around, strict=True))
    ]


class Homophones:
    """Puts one character for another of the same sound, both among those that texts use."""

    def __init__(self, texts: Sequence[str], seed: int = 1) -> None:
        self._draw = random.Random(seed)
        self._same = defaultdict[str, list[str]](list)
        for character in sorted(set("".join(texts)) & sounds().keys()):
            self._same[syllable(character)].append(character)

    def slip(self, text: str) -> str:
        """Return a text with one wrong character, or the text where none has another."""
        for _ in range(_TRIES if text else 0):
            at = self._draw.randrange(len(text))
            others = [c for c in self._same.get(syllable(text[at]), ()) if c != text[at]]
            if others:
                return f"{text[:at]}{self._draw.choice(others)}{text[at + 1 :]}"
        return text


_AT_ONCE = re.compile("1[12]0|12356|急[诊救]|立[刻即]|马上")


def read_harmless(paths: Sequence[Path], sources: Sequence[str] = ()) -> Iterator[str]:
    """Yield what people ask in files of dialogues and of notes, each text once.

    Questions of notes whose answer calls for help at once are left out: that somebody should see
    a doctor about cold hands is no danger sign.

    Args:
        paths: JSON lines, where a line that is no record is itself a text, or tables (.csv).
        sources: of dialogues, what the names of their sources begin with; () takes all.
    """
    seen: set[str] = set()
    for path in paths:
        for record in _records(path):
            if sources and not record.get("source", "").startswith(tuple(sources)):
                continue
            for text in _asked(record):
                if text and text not in seen:
                    seen.add(text)
                    yield text


def _records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of JSON lines, the names of a table's rows, or each line as a question."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix == ".csv":
        for row in csv.DictReader(lines):
            aliases = [alias for alias in (row.get("aliases") or "").split("、") if alias]
            yield {"name": row["name"], "aliases": aliases}
        return
    for line in lines:
        yield json.loads(line) if line.startswith("{") else {"questions": [line]}


def _asked(record: Mapping[str, Any]) -> Iterator[str]:
    for turn in record.get("turns", ()):
        if turn.get("role") == "user":
            yield turn["text"]
    if not _AT_ONCE.search("".join(record.get("answers", ()))):
        yield from record.get("questions", ())
    if "name" in record:
        yield from (record["name"], *record.get("aliases", ()))
