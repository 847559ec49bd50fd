"""The mistakes of one model on what an account's notes and the corpora ask, in a file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from inference.config import EngineConfig
from inference.engine import Engine
from knowledge.check import Checker
from training.errors import RunError
from training.evaluation.reading import Reading
from training.evaluation.reading_command import Asked
from training.reader.mistakes import find_mistakes, kind_of, write_mistakes
from training.reader.passages import Passages
from training.reader.recipe import example_makers, read_knowledge


def collect_mistakes(model: Path, asked: Asked, how: Reading, out: Path) -> None:
    """Write the mistakes that a model makes on topics which it may learn from.

    Raises:
        RunError: the model's chat format has no evidence, or no corpora are given.
        DataError: a corpus or a note cannot be used.
        EngineError: the model cannot be opened.
    """
    if asked.data is None:
        raise RunError("mistakes are made on the corpora, too; give --data")
    known = read_knowledge(asked.knowledge)
    makes = example_makers(known, Passages(asked.data, how.seed), held_out=False)
    with Engine.open(model, EngineConfig(threads=1)) as engine:
        if not engine.checkpoint.config.evidence:
            raise RunError(f"{model} was not taught to read evidence; its card says so")
        found = find_mistakes(engine, Checker(known), makes, how, asked.count)
    write_mistakes(out, found)
    kinds = Counter(map(kind_of, found))
    for kind, number in kinds.most_common():
        print(f"{kind:24} {number:6}")
    print(f"wrote {out}")
