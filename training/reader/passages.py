"""Examples from passages of the corpora: told whole, or the sentence with what is asked for."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

from training.data import find_corpus, read_text
from training.data_recipes.classics_qa import clean_passage, herb_turns
from training.errors import DataError
from training.reader.example import Example, company, shuffled
from training.reader.plain import plainer, sentences_of

TEXTS = ("classics.train", "general-zh.train")
_COUNT = 6_000
_SHORTEST, _LONGEST = 30, 100
_CLAUSE = re.compile("[\u4e00-\u9fff]{2,8}(?=[，。；：、！？])")
_UNFIT = re.compile("毒|[\x1c#《□]| ")
_QUESTIONS = (
    "{}怎么说", "{}是怎么回事", "讲讲{}", "关于{}，书里怎么说", "说说{}", "{}？", "{}是什么意思",
    "书上讲{}的那句", "什么是{}", "{}那一句",
)  # fmt: skip
_TELLING = ("", "", "书里说：", "原话是：")
_HERBS = "herbs"
_WHOLE = 0.6


class Passages:
    """Passages of classics and general Chinese, and what books say of medicines."""

    def __init__(self, folder: Path, seed: int) -> None:
        """Draw passages of the corpora in a folder.

        Raises:
            DataError: a corpus is missing, or holds nothing that is long enough to be told.
        """
        rng = random.Random(seed)
        self._passages = [
            one for name in TEXTS for one in _drawn(read_text(find_corpus(folder, name)), rng)
        ]
        if not self._passages:
            raise DataError(
                f"{folder}: {' and '.join(TEXTS)} hold no passage of {_SHORTEST} characters or more"
            )
        self._herbs = _herbs(folder)
        self.phrases = [
            clause for one in self._passages for clause in re.findall("[\u4e00-\u9fff]{4,12}", one)
        ]

    def example(self, rng: random.Random) -> Example:
        """Return a question about a clause of a passage, or about a medicine."""
        if self._herbs and rng.random() < 0.3:
            return self._herb(rng)
        passage = rng.choice(self._passages)
        sentence = rng.choice(sentences_of(passage))
        clauses = _CLAUSE.findall(sentence)
        if not clauses:
            return self.example(rng)
        question = rng.choice(_QUESTIONS).format(rng.choice(clauses))
        others = rng.choices(self._passages, k=company(rng))
        evidence = shuffled(rng, [passage], others)
        if rng.random() < _WHOLE:
            return Example(evidence, question, plainer(rng, passage))
        return Example(evidence, question, rng.choice(_TELLING) + sentence)

    def _herb(self, rng: random.Random) -> Example:
        (question, answer), passage = rng.choice(self._herbs)
        others = [rng.choice(self._herbs)[1] for _ in range(company(rng))]
        return Example(shuffled(rng, [passage], others), question, answer)


def _drawn(text: str, rng: random.Random) -> list[str]:
    """Return whole sentences from random places of a corpus, without doses and poisons."""
    found: list[str] = []
    for _ in range(4 * _COUNT):
        if len(found) == _COUNT:
            break
        at = rng.randrange(len(text))
        line = text[text.rfind("\n", 0, at) + 1 : at + 600].split("\n", maxsplit=1)[0]
        passage = clean_passage(line, longest=_LONGEST)
        if len(passage) >= _SHORTEST and not _UNFIT.search(passage):
            found.append(passage)
    return found


def _herbs(folder: Path) -> list[tuple[tuple[str, str], str]]:
    """Return (question and answer, passage) of each entry that says what a medicine is."""
    found = []
    for number, line in enumerate(read_text(find_corpus(folder, _HERBS)).split("\n")):
        if not line.strip():
            continue
        record = json.loads(line)
        name, text = str(record["name"]), str(record["text"])
        if "毒" in text or len(text) > 3 * _LONGEST:
            continue
        passage = clean_passage(text, longest=2 * _LONGEST)
        turns = herb_turns(name, text, number)
        if turns and len(passage) <= 1.2 * _LONGEST:
            shown = passage if name in passage else f"{name}：{passage}"
            found.append((turns[0], shown))
    return found
