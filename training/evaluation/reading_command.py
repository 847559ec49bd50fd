"""One model, one account, and everything that is asked about how it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.config import EngineConfig
from inference.engine import Engine
from knowledge.check import Checker
from knowledge.decode import read_text
from knowledge.errors import ReadError
from knowledge.find import Finder
from knowledge.trial import Trial, read_trials
from training.errors import DataError, RunError
from training.evaluation.reading import (
    Read,
    Reading,
    measure_reading,
    measure_service,
    read_examples,
    samples,
    service_examples,
    table,
)
from training.reader.example import Make
from training.reader.passages import Passages
from training.reader.recipe import example_makers, read_knowledge

SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Asked:
    """Sources of the questions.

    Attributes:
        data: folder of the corpora, for passages; None: an owner's list alone.
        knowledge: folder of the account's notes and tables.
        questions: file of an owner's list, see `knowledge/trial.py`; or None.
        count: of each kind.
    """

    data: Path | None
    knowledge: Path
    questions: Path | None
    count: int


def measure_model(
    model: Path, asked: Asked, how: Reading, threads: int, kept: int
) -> dict[str, Any]:
    """Measure, print the table, and return measures and samples.

    Raises:
        RunError: the model's chat format has no evidence, or nothing is asked.
        DataError: a file cannot be used.
        EngineError: the model cannot be opened.
    """
    if asked.data is None and asked.questions is None:
        raise RunError("nothing is asked: give --data, --questions or both")
    known = read_knowledge(asked.knowledge)
    checker = Checker(known)
    measured: dict[str, Any] = {}
    found: dict[str, list[Read]] = {}
    with Engine.open(model, EngineConfig(threads=threads)) as engine:
        if not engine.checkpoint.config.evidence:
            raise RunError(f"{model} was not taught to read evidence; its card says so")
        if asked.data is not None:
            makes: Mapping[str, Make] = example_makers(
                known, Passages(asked.data, how.seed), held_out=True
            )
            measured, found = measure_reading(engine, checker, makes, how, asked.count)
        if asked.questions is not None:
            examples = service_examples(Finder(known), _trials(asked.questions))
            found[SERVICE] = read_examples(engine, checker, examples, how)
            measured[SERVICE] = measure_service(found[SERVICE])
    print(table(measured))
    if SERVICE in measured:
        one = measured[SERVICE]
        print(f"\n{SERVICE}: right {one['right']:.1%}, if copied {one['right_if_copied']:.1%}")
    return {"measured": measured, "samples": samples(found, kept)}


def _trials(path: Path) -> list[Trial]:
    try:
        return read_trials(read_text(path, path.name), path.name)
    except ReadError as error:
        raise DataError(str(error)) from error
