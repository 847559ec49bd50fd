"""The reader's recipe: what a model that is to answer from evidence learns from."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from knowledge.check import Checker
from knowledge.errors import ReadError
from knowledge.notes import Knowledge
from knowledge.reading import read_folder
from training.batches import Measure, Source, measure_corpus
from training.data import find_corpus, load_corpus
from training.errors import DataError
from training.finetune import IDENTITY, REPLAY_SHARES, VALID_ROWS, Recipe, read_dialogues
from training.reader.example import Example, ExampleSource, Make, fits, measure_examples
from training.reader.facts import Facts
from training.reader.invented import Invented
from training.reader.mistakes import MistakeSource, read_mistakes
from training.reader.notes import Notes
from training.reader.passages import Passages
from training.reader.restate import restate

NAME = "reading"
SHARES = {"notes": 0.42, "facts": 0.1, "invented": 0.24, "passages": 0.16, "talk": 0.08}
_IDENTITY_SHARE = 0.3
_MISTAKES = 0.15
_MEASURED, _TRIED = 12, 4


def reader_recipe(
    folder: Path,
    knowledge: Path,
    codec: str,
    cache: Path,
    steps: int,
    *,
    stride: int,
    reread: float,
    refusals: float,
    seed: int,
    mistakes: Path | None = None,
) -> Recipe:
    """Mix questions with evidence, and some of the pretraining text.

    Args:
        folder: of the corpora.
        knowledge: of an account: notes and tables; a tenth of them is held out, see `example.py`.
        codec: the model's text codec.
        cache: folder for encoded plain text.
        steps: of a validation window.
        stride: bytes of one step.
        reread: share of the pretraining text, from 0 to 1.
        refusals: share of the questions whose evidence does not answer them. Refusing that is
            taught from the beginning keeps copying from forming: few at first, then more.
        seed: of the drawn passages.
        mistakes: file of the reader's own mistakes, see `mistakes.py`.

    Raises:
        DataError: a corpus is missing, notes and tables cannot be read, or a share cannot be.
    """
    for name, share in (("old text", reread), ("refusals", refusals)):
        if not 0.0 <= share < 1.0:
            raise DataError(f"the share of {name} is {share}; it must be from 0 to below 1")
    known = read_knowledge(knowledge)
    passages = Passages(folder, seed)
    makes = example_makers(known, passages, held_out=False)
    old = load_corpus(find_corpus(folder, "classics.valid"), codec, cache)
    replay = [load_corpus(find_corpus(folder, name), codec, cache) for name in REPLAY_SHARES]
    told = {name: share * (1 - refusals) for name, share in SHARES.items() if name in makes}
    shares = _to_total(told | {"refusals": refusals * sum(SHARES.values())}, 1 - reread)
    sources: list[Source] = [
        ExampleSource(f"{NAME}-{name}", make, codec) for name, make in makes.items()
    ]
    if mistakes is not None:
        sources.append(MistakeSource(read_mistakes(mistakes), codec, f"{NAME}-mistakes"))
        shares["mistakes"] = _MISTAKES * (1 - reread)
    return Recipe(
        train=[*replay, *sources],
        shares=_to_total(REPLAY_SHARES, reread)
        | {f"{NAME}-{name}": share for name, share in shares.items()},
        valid=[
            measure_corpus(old, VALID_ROWS, steps, stride),
            *_measures(example_makers(known, passages, held_out=True), codec, steps, stride),
        ],
    )


def read_knowledge(folder: Path) -> Knowledge:
    """Read notes and tables; raises DataError where they cannot be used."""
    try:
        return read_folder(folder)
    except ReadError as error:
        raise DataError(str(error)) from error


def example_makers(known: Knowledge, passages: Passages, *, held_out: bool) -> dict[str, Make]:
    """Return what makes an example of each kind; kinds that the account lacks are left out.

    Args:
        known: notes and tables.
        passages: drawn from the corpora.
        held_out: of the tenth of topics and rows that is not trained on, instead of the rest.
    """
    notes, facts = Notes(known, held_out=held_out), Facts(known, held_out=held_out)
    invented = Invented(passages.phrases)
    identity = _harmless(Checker(known))

    def talk(rng: random.Random) -> Example:
        if not notes.talk or rng.random() < _IDENTITY_SHARE:
            question, answer = rng.choice(identity)
            return Example((), restate(question, str(rng.random()), opened=False), answer)
        return notes.small_talk(rng)

    unanswered: list[Make] = [invented.unanswered]
    makes: dict[str, Make] = {"invented": invented.example, "passages": passages.example}
    if notes.told:
        makes["notes"] = notes.example
        unanswered += [notes.unanswered, notes.unanswered]
    if facts:
        makes["facts"] = facts.example
        unanswered.append(facts.unanswered)
    makes["talk"] = talk
    makes["refusals"] = lambda rng: rng.choice(unanswered)(rng)
    return makes


def _harmless(checker: Checker) -> list[tuple[str, str]]:
    """Return who the assistant is, in answers that claim nothing about medicine."""
    told = [turns[0] for _, turns in read_dialogues(IDENTITY)]
    return [(question, answer) for question, answer in told if checker.check_talk(answer).passes]


def _measures(makes: Mapping[str, Make], codec: str, steps: int, stride: int) -> Iterator[Measure]:
    """Yield the measure of the answers to some examples of each kind that fit into a window."""
    for name, make in makes.items():
        rng = random.Random(name)
        drawn = (make(rng) for _ in range(_TRIED * _MEASURED))
        fitting = (one for one in drawn if fits(one, codec, stride * steps))
        if examples := list(islice(fitting, _MEASURED)):
            yield measure_examples(f"{name} answers", examples, codec, steps, stride)


def _to_total(shares: Mapping[str, float], total: float) -> dict[str, float]:
    whole = sum(shares.values())
    return {name: share / whole * total for name, share in shares.items()}
