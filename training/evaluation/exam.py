"""Multiple choice by likelihood: the option that the model finds most probable a character."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inference.engine import Engine
from inference.prompt import encode
from training.data import read_text
from training.errors import DataError
from training.evaluation.measures import wilson_interval

FILE = "cmmlu-tcm.dev.jsonl"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its text, its options, and the place of the right one."""

    text: str
    choices: tuple[str, ...]
    answer: int


def read_questions(path: Path) -> list[Question]:
    """Read {"question", "choices", "answer": "A" to "Z"}, one JSON object a line.

    Raises:
        DataError: the file cannot be read, a line is no such object, or there is none.
    """
    lines = [line for line in read_text(path).split("\n") if line.strip()]
    if not lines:
        raise DataError(f"{path} holds no question; write one JSON object a line")
    return [_parse(line, f"{path.name}, line {number}") for number, line in enumerate(lines, 1)]


def _parse(line: str, place: str) -> Question:
    try:
        record = json.loads(line)
        choices = tuple(str(choice) for choice in record["choices"])
        answer = list(_LETTERS).index(record["answer"])
        text = str(record["question"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(
            f'{place} is not {{"question": "...", "choices": [...], "answer": "A"}}: {error!r}'
        ) from error
    if len(choices) < 2 or answer >= len(choices) or not text or not all(choices):
        raise DataError(f"{place} needs a question, two choices or more, and one of them as answer")
    return Question(text, choices, answer)


def option_scores(engine: Engine, question: Question) -> list[float]:
    """Return log2 p(option | question) / characters of each option, the text read as one line."""
    codec = engine.checkpoint.codec
    before = encode(question.text, codec)
    scores = []
    for choice in question.choices:
        option = encode(choice, codec)
        logs = engine.score(before + option)[-len(option) :]
        scores.append(float(logs.sum(dtype=np.float64)) / len(choice))
    return scores


def take_exam(engine: Engine, questions: Sequence[Question]) -> dict[str, Any]:
    """Answer each question; returns accuracy, chance level, 95 % interval and whether it is chance.

    A tie counts as the first of the options.
    """
    right = sum(
        int(np.argmax(option_scores(engine, question))) == question.answer for question in questions
    )
    chance = sum(1 / len(question.choices) for question in questions) / len(questions)
    low, high = wilson_interval(right, len(questions))
    return {
        "questions": len(questions),
        "right": right,
        "accuracy": right / len(questions),
        "chance": chance,
        "interval_95": [low, high],
        "is_chance": low <= chance <= high,
    }


def exam_sentence(found: dict[str, Any]) -> str:
    """Say what an exam's result means."""
    low, high = found["interval_95"]
    text = (
        f"{found['right']} of {found['questions']} right: {found['accuracy']:.0%}, 95 % interval "
        f"{low:.0%} to {high:.0%}; guessing gives {found['chance']:.0%}."
    )
    return f"{text} This is chance." if found["is_chance"] else text
