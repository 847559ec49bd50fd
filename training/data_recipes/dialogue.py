"""Dialogues as training text: cleaned turns in the chat format."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from itertools import takewhile

from inference.prompt import render_conversation
from training.data_recipes.classics_qa import (
    cut_at_sentence,
    formula_turns,
    herb_turns,
    topic_turns,
)
from training.errors import DataError

QUOTING_CORPUS = "classics-qa"
_WORDY_CORPUS = "smile"
_MORE = ("还有别的说法吗？", "还有呢？", "再说一些。", "还有不同的看法吗？")

_TURNS = {"formula": formula_turns, "herb": herb_turns, "topic": topic_turns}


def clean_turns(source: str, turns: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the (user, assistant) turns worth learning; replies end within 150 characters.

    Args:
        source: "classics-qa/KIND/NAME/NUMBER" for quotations of the classics, which are made
            anew (see `quotes.py`); all else is taken as it is.
        turns: as the corpus has them.
    """
    corpus, *path = source.split("/")
    if corpus == _WORDY_CORPUS:
        short = [(user, cut_at_sentence(assistant)) for user, assistant in turns]
        return list(takewhile(lambda turn: turn[1], short))
    if corpus != QUOTING_CORPUS or len(path) < 2 or path[0] not in _TURNS:
        return turns
    kind, name = path[0], path[1]
    pick = zlib.crc32(source.encode())
    kept: list[tuple[str, str]] = []
    for at, (_, assistant) in enumerate(turns):
        made = _TURNS[kind](name, assistant, pick + at)
        if at and kept and made:
            made = [(_MORE[pick % len(_MORE)], made[0][1])]
        kept += [turn for turn in made if turn[1] not in {answer for _, answer in kept}]
    return kept[:3]


def read_conversations(
    lines: Iterable[str], name: str = "dialogue"
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield (source, cleaned turns) of each JSON line that has something worth learning.

    Args:
        lines: {"source": ..., "turns": [{"role": "user", "text": ...}, ...]}; `source` may lack.
        name: of the file, for errors.

    Raises:
        DataError: a line is no such record.
    """
    for source, turns in read_raw_conversations(lines, name):
        if kept := clean_turns(source, turns):
            yield source, kept


def read_raw_conversations(
    lines: Iterable[str], name: str = "dialogue"
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield (source, turns) of each JSON line as the corpus has them; blank lines are none.

    Raises:
        DataError: a line is no such record.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _parse(line, f"{name}, line {number}")


def _parse(line: str, place: str) -> tuple[str, list[tuple[str, str]]]:
    try:
        record = json.loads(line)
        turns = [(turn["role"], turn["text"]) for turn in record["turns"]]
        source = str(record.get("source", ""))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f'{place} is not {{"turns": [{{"role": "user", "text": "..."}}, ...]}}: {error!r}'
        ) from error
    roles = [role for role, _ in turns]
    if not turns or roles != ["user", "assistant"] * (len(turns) // 2):
        raise DataError(f"{place}: roles are {roles}; they must alternate, user, assistant, ...")
    # JSON can hold half of a surrogate pair, which no file of ours could.
    texts = [
        str(text).encode("utf-16", "surrogatepass").decode("utf-16", "replace") for _, text in turns
    ]
    return source, list(zip(texts[::2], texts[1::2], strict=True))


def render_dialogues(lines: Iterable[str], name: str = "dialogue") -> Iterator[str]:
    """Yield each conversation, cleaned, in the chat format; `name` is the file's, for errors."""
    for _, turns in read_conversations(lines, name):
        yield render_conversation(turns)
