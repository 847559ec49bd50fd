"""The questions that a model is asked: a fixed page of them, and more of the valid dialogues."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from pathlib import Path

from training.data import find_corpus, read_text
from training.data_recipes.dialogue import QUOTING_CORPUS, read_conversations
from training.errors import DataError
from training.evaluation.topic import known_subjects, words_about

PROMPTS = Path(__file__).parent / "prompts.txt"
BETWEEN_TURNS = " | "
# "前胡三十一": the number of a chapter, which nobody would ask for.
_CHAPTER_NUMBER = re.compile("[一二三四五六七八九十百零]{2,}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A user's words, and the test whether an answer is about them.

    Attributes:
        turns: the user's questions in order; the last one's reply is what counts.
        words: one of them is in a reply that keeps to the subject; () when there is none to name.
        known: a reply that the corpus has to it, "" when it has none.
    """

    turns: tuple[str, ...]
    words: tuple[str, ...]
    known: str = ""

    @property
    def text(self) -> str:
        """All questions on one line."""
        return BETWEEN_TURNS.join(self.turns)


def read_prompts(path: Path | None = None) -> list[Prompt]:
    """Read questions, one a line; ` | ` stands between the questions of one conversation.

    Raises:
        DataError: there are none.
    """
    path = path or PROMPTS
    lines = [line.strip() for line in read_text(path).splitlines()]
    prompts = [_fixed(line) for line in lines if line]
    if not prompts:
        raise DataError(f"{path} holds no question; write one a line")
    return prompts


def draw_prompts(folder: Path, count: int, seed: int) -> list[Prompt]:
    """Draw first questions of the valid dialogues; fewer when there are not so many.

    Raises:
        DataError: there are no valid dialogues.
    """
    path = find_corpus(folder, "dialogue.valid")
    lines = [line for line in read_text(path).split("\n") if line.strip()]
    found: dict[str, Prompt] = {}
    for source, turns in read_conversations(lines, path.name):
        question, answer = turns[0]
        if not _CHAPTER_NUMBER.search(question):
            found.setdefault(question, Prompt((question,), _words(source, question), answer))
    pool = list(found.values())
    return random.Random(seed).sample(pool, min(count, len(pool)))


def _fixed(line: str) -> Prompt:
    return Prompt(tuple(line.split(BETWEEN_TURNS)), words_about(line, known_subjects()))


def _words(source: str, question: str) -> tuple[str, ...]:
    """Return the words of a subject: of a quoted chapter its name, and what the table knows."""
    words = words_about(question, known_subjects())
    corpus, *path = source.split("/")
    if corpus == QUOTING_CORPUS and len(path) > 1 and path[1] in question:
        words = (path[1], *words)
    return words
