"""Measures of reading: held-out notes and rows, invented tables, questions that nothing answers.

Each reply has drafts; the first that passes the account's check is shown, else the evidence's own
sentence is copied, as a service does.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from inference.engine import Completion, Engine
from inference.prompt import build_prompt, encode
from inference.sampling import SamplingConfig
from knowledge.answer import answer, told_pieces
from knowledge.check import Checker
from knowledge.drafts import Choice, choose, refuses
from knowledge.find import Finder
from knowledge.found import Band, Before
from knowledge.trial import Trial
from knowledge.turns import last_full
from training.evaluation.measures import share, wilson_interval
from training.reader.example import Example, Make

LONGEST = 200
"""Characters within which a reply should end."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Settings by which drafts are drawn.

    Attributes:
        drafts: of each reply.
        top_e: as in `SamplingConfig`; of the second draft on. The first is the likeliest.
        temperature: as in `SamplingConfig`.
        seed: another one gives other drafts.
    """

    drafts: int = 3
    top_e: float = 1.0
    temperature: float = 0.7
    seed: int = 1

    def sampling(self, number: int, draft: int, longest_bytes: int) -> SamplingConfig:
        """Return the options of a draft of question `number`."""
        return SamplingConfig(
            top_e=self.top_e if draft else 0.0,
            temperature=self.temperature,
            seed=(self.seed << 24) + number * self.drafts + draft,
            max_bytes=longest_bytes,
        )


@dataclass(frozen=True, slots=True)
class Read:
    """An example with what the model made of it.

    Attributes:
        example: what was shown and asked.
        drafts: texts.
        choice: which may be shown.
        seconds: reading and writing of the first draft.
    """

    example: Example
    drafts: tuple[str, ...]
    choice: Choice
    seconds: float

    @property
    def shown(self) -> str:
        """The draft that is shown; "" where the evidence is copied instead."""
        return self.choice.text

    @property
    def exact(self) -> bool:
        """True if all words that must stand in the shown draft do."""
        return bool(self.shown) and all(one in self.shown for one in self.example.must)

    @property
    def copied(self) -> bool:
        """True if the shown draft stands word for word in the evidence."""
        return any(self.shown.strip("。") in piece for piece in self.example.evidence)


def read_examples(
    engine: Engine, checker: Checker, examples: Sequence[Example], how: Reading
) -> list[Read]:
    """Let the model answer each example by itself, its drafts side by side."""
    found = []
    for number, one in enumerate(examples):
        began = time.perf_counter()
        drafts = _drafts(engine, one, number, how)
        seconds = time.perf_counter() - began
        unsure = engine.checkpoint.config.unsure_bits
        texts = tuple(_told(draft, one, unsure) for draft in drafts)
        choice = choose(checker, texts, one.evidence, one.question)
        found.append(Read(one, texts, choice, seconds))
    return found


def _drafts(engine: Engine, one: Example, number: int, how: Reading) -> list[Completion]:
    card = engine.checkpoint.config
    longest = LONGEST * len(encode("中", card.codec))
    prompt = build_prompt(
        one.before,
        one.question,
        codec=card.codec,
        budget_bytes=max(16, card.context_bytes - longest),
        evidence=one.evidence,
    )
    sequences = [
        engine.submit(prompt, how.sampling(number, draft, longest)) for draft in range(how.drafts)
    ]
    return [sequence.result() for sequence in sequences]


def _told(draft: Completion, one: Example, unsure_bits: float) -> str:
    """Return the text of a draft; "" where it was made up without evidence, as in a service."""
    made_up = unsure_bits and not one.evidence and draft.bits_per_character > unsure_bits
    return "" if made_up else draft.text.strip()


def measure_reading(
    engine: Engine, checker: Checker, makes: Mapping[str, Make], how: Reading, count: int
) -> tuple[dict[str, Any], dict[str, list[Read]]]:
    """Measure each kind of example.

    Args:
        engine: of the model.
        checker: of the account.
        makes: what makes examples of each kind, see `reader.recipe`.
        how: to draw drafts.
        count: examples of each kind.

    Returns:
        The measures by kind, and what was read, for judging by eye.
    """
    found: dict[str, list[Read]] = {}
    for name, make in makes.items():
        rng = random.Random(f"{name}/{how.seed}")
        found[name] = read_examples(engine, checker, [make(rng) for _ in range(count)], how)
    measured: dict[str, Any] = {name: _measure(name, reads) for name, reads in found.items()}
    measured["drawn"] = asdict(how)
    return measured, found


def _measure(name: str, reads: Sequence[Read]) -> dict[str, Any]:
    first = [one.drafts[0] for one in reads]
    shown = [one for one in reads if one.shown]
    refused = sum(map(refuses, first))
    measured: dict[str, Any] = {
        "asked": len(reads),
        "refuses": refused / len(reads),
        "first_draft_passes": share([one.shown == one.drafts[0] != "" for one in reads]),
        "mended": share([one.shown not in one.drafts for one in reads if one.shown]),
        "own_sentence_shown": len(shown) / len(reads),
        "own_sentence_interval_95": list(wilson_interval(len(shown), len(reads))),
        "shown_word_for_word": share([one.copied for one in shown]),
        "mean_characters": sum(len(one.shown) for one in shown) / max(1, len(shown)),
        "seconds_p50": median(one.seconds for one in reads),
        "characters_a_second": _pace(reads),
    }
    if any(one.example.must for one in reads):
        held = [one for one in reads if one.example.must]
        measured["first_draft_exact"] = share(
            [all(word in one.drafts[0] for word in one.example.must) for one in held]
        )
        measured["shown_exact"] = share([one.exact for one in held if one.shown])
    if name == "refusals":
        measured["answered_wrongly"] = len(shown) / len(reads)
    return measured


def _pace(reads: Sequence[Read]) -> float:
    """Characters of all drafts, over the time that they took."""
    made = sum(len(text) for one in reads for text in one.drafts)
    return made / max(1e-9, sum(one.seconds for one in reads))


def service_examples(finder: Finder, trials: Sequence[Trial]) -> list[Example]:
    """Return what a service would give the model: of each trial that is answered its last turn.

    Args:
        finder: of the account.
        trials: an owner's own list; `expect` must stand in the reply.
    """
    found = []
    for trial in trials:
        last, told = None, set[str]()
        before: tuple[tuple[str, str], ...] = ()
        for at, turn in enumerate(trial.turns):
            asked_before = last_full(trial.turns[:at])
            reply = answer(finder, turn, Before(last, told, asked_before))
            pieces = told_pieces(reply.found)
            asked, history = turn, before
            before = ((turn, reply.text),)
            last = finder.subject(reply.subject) or last
            told.update(reply.told)
        if reply.found.band == Band.ANSWER:
            texts = tuple(one.text for one in pieces)
            copied = "\n".join(texts)
            found.append(Example(texts, asked, copied, history, must=trial.expect))
    return found


def measure_service(reads: Sequence[Read]) -> dict[str, Any]:
    """Return how often the model's own sentence is shown, and how often what is shown is right."""
    shown = [one for one in reads if one.shown]
    said = [(one, one.shown or one.example.answer) for one in reads]
    return _measure("service", reads) | {
        "right": share([all(word in text for word in one.example.must) for one, text in said]),
        "right_if_copied": share(
            [all(word in one.example.answer for word in one.example.must) for one in reads]
        ),
        "right_own": share([one.exact for one in shown]),
    }


def table(measured: Mapping[str, Any]) -> str:
    """Return the measures as a table of Markdown."""
    head = (
        "| kind | asked | refuses | first draft passes | own sentence shown | of these mended "
        "| word for word | exact: first draft | exact: shown | p50, ms |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    )
    rows = [
        f"| {name} | {one['asked']} | {one['refuses']:.1%} | {one['first_draft_passes']:.1%} "
        f"| {one['own_sentence_shown']:.1%} | {one['mended']:.1%} "
        f"| {one['shown_word_for_word']:.1%} "
        f"| {_percent(one, 'first_draft_exact')} | {_percent(one, 'shown_exact')} "
        f"| {1000 * one['seconds_p50']:.0f} |"
        for name, one in measured.items()
        if name != "drawn"
    ]
    return "\n".join([head, *rows])


def _percent(one: Mapping[str, float], name: str) -> str:
    return f"{one[name]:.1%}" if name in one else ""


def samples(found: Mapping[str, Sequence[Read]], count: int) -> list[dict[str, Any]]:
    """Return the first replies of each kind, to be judged by eye."""
    return [
        {
            "kind": name,
            "before": list(one.example.before),
            "question": one.example.question,
            "evidence": list(one.example.evidence),
            "drafts": list(one.drafts),
            "shown": one.shown,
            "faults": [
                [f"{reason.fault}: {reason.words}" for reason in verdict.reasons]
                for verdict in one.choice.verdicts
            ],
        }
        for name, reads in found.items()
        for one in reads[:count]
    ]
