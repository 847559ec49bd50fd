"""A reader's own mistakes: drafts that the check refuses, and where each left the right way.

A mistake is one character: the first in which a refused draft differs from what may be shown. It
is unlearnt (`unlikelihood.py`), and the right answer to the same question is learnt beside it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import takewhile
from pathlib import Path

import numpy as np

from inference.engine import Engine
from inference.prompt import DOCUMENT, END, clean, encode
from knowledge.check import Checker, Fault, Reason, Verdict
from knowledge.drafts import REFUSAL, judge, refuses
from knowledge.faithful import first_stray
from training.data import Bytes, read_text
from training.errors import DataError
from training.evaluation.reading import Reading, read_examples
from training.files import replacing
from training.reader.example import ASKED_WEIGHT, Example, Make, Weights, encode_example

NAME = "reading-mistakes"
WRONG_WEIGHT = -4.0


@dataclass(frozen=True, slots=True)
class Mistake:
    """One draft that went wrong.

    Attributes:
        example: what was asked; its answer is what may be shown.
        begun: the draft up to where it leaves that answer.
        wrong: the character there; "" where the draft ended too early.
    """

    example: Example
    begun: str
    wrong: str


def find_mistakes(
    engine: Engine, checker: Checker, makes: Mapping[str, Make], how: Reading, count: int
) -> list[Mistake]:
    """Let the model answer `count` examples of each kind, and return where it goes wrong.

    Args:
        engine: of the model.
        checker: of the account.
        makes: examples to learn from, see `recipe.example_makers`; never those held out.
        how: to draw drafts.
        count: of each kind.
    """
    found: dict[Mistake, None] = {}
    for name, make in makes.items():
        rng = random.Random(f"mistakes/{name}/{how.seed}")
        examples = [make(rng) for _ in range(count)]
        for read in read_examples(engine, checker, examples, how):
            found.update(dict.fromkeys(mistakes_of(checker, read.example, read.drafts)))
    return list(found)


def mistakes_of(checker: Checker, example: Example, drafts: Sequence[str]) -> Iterator[Mistake]:
    """Yield the mistakes in the drafts of one question; a draft that may be shown has none."""
    if example.answer == REFUSAL:
        for draft in drafts:
            if draft and not refuses(draft):
                yield Mistake(example, "", draft[0])
        return
    faults = {draft: _fault(checker, draft, example) for draft in drafts if draft}
    right = [draft for draft, fault in faults.items() if fault is None]
    for draft, fault in faults.items():
        if fault is not None and draft != example.answer:
            yield from _located(example, draft, fault, right)


def _fault(checker: Checker, draft: str, example: Example) -> Verdict | None:
    """Return why a draft may not be shown; None where it may."""
    if refuses(draft):
        return Verdict((Reason(Fault.STRAYS, draft),), 0.0)
    verdict = judge(checker, draft, example.evidence, example.question)
    return None if verdict.passes else verdict


def _located(
    example: Example, draft: str, verdict: Verdict, right: Sequence[str]
) -> Iterator[Mistake]:
    """Yield where a draft went wrong, if that can be told to the character."""
    if refuses(draft):
        yield Mistake(example, "", draft[0])
        return
    if example.evidence and (at := first_stray(draft, example.evidence, example.question)):
        yield Mistake(example, draft[:at], draft[at])
        return
    ways = [example.answer, *right]
    way = max(ways, key=lambda one: len(_shared(one, draft)))
    begun = _shared(way, draft)
    places = [draft.find(reason.words) for reason in verdict.reasons]
    if len(begun) >= min((at for at in places if at >= 0), default=len(draft)) and way != begun:
        yield Mistake(replace(example, answer=way), begun, draft[len(begun) : len(begun) + 1])


def _shared(one: str, other: str) -> str:
    """Return what both texts begin with."""
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return "".join(pair[0] for pair in alike)


def kind_of(mistake: Mistake) -> str:
    """Return what went wrong, for a table."""
    if mistake.example.answer == REFUSAL:
        return "answers, should refuse"
    if not mistake.begun and mistake.wrong == REFUSAL[0]:
        return "refuses, should answer"
    return "leaves its evidence" if mistake.wrong else "ends too early"


class MistakeSource:
    """Windows of mistakes, each followed by the right answer to the same question."""

    def __init__(self, mistakes: Sequence[Mistake], codec: str, name: str = NAME) -> None:
        """Take mistakes.

        Raises:
            DataError: there are none.
        """
        if not mistakes:
            raise DataError("there are no mistakes to learn from")
        self.name = name
        self._mistakes = mistakes
        self._codec = codec
        self._separator = np.frombuffer(encode(DOCUMENT, codec), np.uint8)

    def window(self, rng: np.random.Generator, length: int) -> tuple[Bytes, Weights]:
        """Return (length,) bytes of mistakes and right answers in turn, and their weights."""
        pieces: list[tuple[Bytes, Weights]] = []
        while sum(len(data) for data, _ in pieces) < length:
            mistake = self._mistakes[int(rng.integers(len(self._mistakes)))]
            wrong = encode_mistake(mistake, self._codec)
            right = encode_example(mistake.example, self._codec)
            for one in (wrong, right) if rng.random() < 0.5 else (right, wrong):
                pieces += [one, (self._separator, _filled(self._separator, ASKED_WEIGHT))]
        data = np.concatenate([data for data, _ in pieces])[:length]
        return data, np.concatenate([weights for _, weights in pieces])[:length]


def encode_mistake(mistake: Mistake, codec: str) -> tuple[Bytes, Weights]:
    """Return a mistake in the chat format: (N,) uint8, and weights: 0 but for what is wrong."""
    wrong = clean(mistake.wrong) or END
    told, _ = encode_example(replace(mistake.example, answer=mistake.begun), codec)
    shown = told[: len(told) - len(encode(END, codec))]
    last = np.frombuffer(encode(wrong, codec), np.uint8)
    data = np.concatenate([shown, last])
    return data, np.concatenate([_filled(shown, 0.0), _filled(last, WRONG_WEIGHT)])


def _filled(data: Bytes, weight: float) -> Weights:
    return np.full(len(data), weight, np.float32)


def write_mistakes(path: Path, mistakes: Iterable[Mistake]) -> None:
    """Write mistakes, one JSON object a line."""
    with replacing(path) as stream:
        for one in mistakes:
            stream.write(json.dumps(asdict(one), ensure_ascii=False).encode() + b"\n")


def read_mistakes(path: Path) -> list[Mistake]:
    """Read what `write_mistakes` wrote.

    Raises:
        DataError: a line is no mistake; it names file and line.
    """
    lines = enumerate(read_text(path).split("\n"), start=1)
    return [_mistake(line, f"{path}:{number}") for number, line in lines if line.strip()]


def _mistake(line: str, place: str) -> Mistake:
    try:
        fields = json.loads(line)
        one = fields["example"]
        example = Example(
            tuple(map(str, one["evidence"])),
            str(one["question"]),
            str(one["answer"]),
            tuple((str(user), str(assistant)) for user, assistant in one["before"]),
        )
        return Mistake(example, str(fields["begun"]), str(fields["wrong"]))
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{place} is no mistake that `python -m training mistakes` wrote"
        ) from error
