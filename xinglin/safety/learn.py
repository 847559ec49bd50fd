"""Make the classifier of danger signs from reviewed sentences.

    python -m xinglin.safety.learn training/primer/*.jsonl DATA/dialogue.train.jsonl

The sentences are in `sentences/*.jsonl`, {"sign": CATEGORY or "none", "text": ...} a line; those of
`judge.jsonl` are only judged. What people ask in the files named joins as harmless where no rule
stops it: turns of dialogues, questions of the primer's notes (not of those whose answer calls
for help), names of its medicines and formulas. Multinomial logistic regression with an L2 penalty,
by Adam (Kingma and Ba 2015, arXiv:1412.6980) on all sentences at once; offline, so NumPy may.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xinglin.safety.categories import CATEGORIES
from xinglin.safety.rules import find_rule, normalize
from xinglin.safety.signs import FILE, pieces, read_signs, windows

SENTENCES = FILE.parent / "sentences"
NAMES = (*(category.name for category in CATEGORIES), "none")
_NONE = len(NAMES) - 1
_STEPS, _RATE, _PENALTY = 200, 0.1, 0.01
_LEAST_SEEN = 2
_CALLS_FOR_HELP = re.compile("120|110|12356|急诊|急救")
_STEP_OF_WEIGHT = 0.02
_LEAST_STEPS = 4
_HARMLESS_IMPORTANCE = 0.2

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts as rows of feature numbers, one after another.

    Attributes:
        features: (F,) int64, the pieces of all texts.
        starts: (N,) int64, where each text begins in `features`.
        labels: (N,) int64, index into `NAMES`.
    """

    features: NDArray[np.int64]
    starts: NDArray[np.int64]
    labels: NDArray[np.int64]


def read_sentences(path: Path) -> list[tuple[str, int]]:
    """Read the (normalized text, label) of a file.

    Raises:
        ValueError: a line is no sentence, or names no category.
    """
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            record = json.loads(line)
            found.append((normalize(record["text"]), NAMES.index(record["sign"])))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path}, line {number}: {error}") from error
    return found


def read_harmless(paths: Sequence[Path]) -> list[tuple[str, int]]:
    """Read what people ask in files of dialogues and of the primer, as windows.

    Raises:
        ValueError: a line is neither.
    """
    found: dict[str, None] = {}
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            for text in _asked(json.loads(line)):
                if find_rule(text) is None:
                    found.update(dict.fromkeys(windows(normalize(text))))
    return [(text, _NONE) for text in found if text]


def _asked(record: Mapping[str, Any]) -> Iterator[str]:
    for turn in record.get("turns", ()):
        if turn["role"] == "user":
            yield turn["text"]
    if not _CALLS_FOR_HELP.search("".join(record.get("answers", ()))):
        yield from record.get("questions", ())
    if "name" in record:
        yield from (record["name"], *record.get("aliases", ()))


def vocabulary_of(texts: Sequence[tuple[str, int]]) -> list[str]:
    """Return the pieces that at least two texts hold, in a fixed order."""
    seen = Counter(piece for text, _ in texts for piece in pieces(text))
    return sorted(piece for piece, times in seen.items() if times >= _LEAST_SEEN)


def as_examples(texts: Sequence[tuple[str, int]], vocabulary: Sequence[str]) -> Examples:
    """Number the known pieces of each text; the last number is of nothing at all."""
    numbers = {piece: number for number, piece in enumerate(vocabulary)}
    rows = [
        [numbers[piece] for piece in pieces(text) if piece in numbers] or [len(vocabulary)]
        for text, _ in texts
    ]
    lengths = np.array([len(row) for row in rows])
    return Examples(
        np.concatenate([np.array(row, np.int64) for row in rows]),
        np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64),
        np.array([label for _, label in texts], np.int64),
    )


def probabilities(weights: Floats, bias: Floats, examples: Examples) -> Floats:
    """Return (N, K) probabilities of every category for every text."""
    logits = np.add.reduceat(weights[examples.features], examples.starts, axis=0) + bias
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = odds / odds.sum(axis=1, keepdims=True)
    return shares


def fit(examples: Examples, size: int, importance: Floats) -> tuple[Floats, Floats]:
    """Fit (size + 1, K) weights and (K,) biases; `importance` (N,) weighs the texts."""
    count = len(NAMES)
    weights, bias = np.zeros((size + 1, count)), np.zeros(count)
    moments = [np.zeros_like(weights), np.zeros_like(weights)]
    lengths = np.diff(np.append(examples.starts, len(examples.features)))
    wanted = np.eye(count)[examples.labels]
    share = (importance / importance.sum())[:, None]
    for step in range(1, _STEPS + 1):
        error = (probabilities(weights, bias, examples) - wanted) * share
        spread = np.repeat(error, lengths, axis=0)
        slope = np.stack(
            [
                np.bincount(examples.features, spread[:, at], minlength=size + 1)
                for at in range(count)
            ],
            axis=1,
        )
        slope += _PENALTY * weights / size**0.5
        slope[size] = 0
        moments[0] += 0.1 * (slope - moments[0])
        moments[1] += 0.01 * (slope**2 - moments[1])
        first, second = moments[0] / (1 - 0.9**step), moments[1] / (1 - 0.99**step)
        weights -= _RATE * (1 - step / _STEPS) * first / (np.sqrt(second) + 1e-8)
        bias -= 0.5 * error.sum(axis=0)
    return weights, bias


def pack(vocabulary: Sequence[str], weights: Floats) -> tuple[dict[str, list[int]], float]:
    """Return whole-number weights of the pieces that matter, and what a step is worth."""
    steps = np.clip(np.rint(weights[:-1] / _STEP_OF_WEIGHT), -127, 127).astype(int)
    kept = np.abs(steps).max(axis=1) >= _LEAST_STEPS
    return {
        piece: steps[at].tolist() for at, piece in enumerate(vocabulary) if kept[at]
    }, _STEP_OF_WEIGHT


def write(packed: dict[str, list[int]], scale: float, bias: Floats, threshold: float) -> None:
    """Write the classifier, a line for each piece."""
    head = {
        "names": list(NAMES),
        "scale": scale,
        "threshold": threshold,
        "bias": [round(float(one), 4) for one in bias],
    }
    rows = (
        f"{json.dumps(piece, ensure_ascii=False)}: {json.dumps(row, separators=(',', ':'))}"
        for piece, row in packed.items()
    )
    text = json.dumps(head, indent=1)[:-2] + ',\n "weights": {\n' + ",\n".join(rows) + "\n}\n}\n"
    FILE.write_text(text, encoding="utf-8")
    read_signs.cache_clear()


def main() -> None:
    """Read the sentences, fit, write, and say how well it does on what it has not seen."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("harmless", nargs="*", type=Path, help="dialogues, notes of the primer")
    parser.add_argument("--threshold", type=float, default=0.5)
    args = parser.parse_args()
    reviewed = [
        one
        for path in sorted(SENTENCES.glob("*.jsonl"))
        if path.stem != "judge"
        for one in read_sentences(path)
    ]
    harmless = read_harmless(args.harmless)
    texts = [*reviewed, *harmless]
    vocabulary = vocabulary_of(texts)
    importance = np.array([1.0] * len(reviewed) + [_HARMLESS_IMPORTANCE] * len(harmless))
    weights, bias = fit(as_examples(texts, vocabulary), len(vocabulary), importance)
    write(*pack(vocabulary, weights), bias, args.threshold)
    print(f"{len(reviewed)} sentences, {len(harmless)} harmless turns -> {FILE}")
    print(report(read_sentences(SENTENCES / "judge.jsonl"), harmless))


def report(judged: Sequence[tuple[str, int]], harmless: Sequence[tuple[str, int]]) -> str:
    """Say how many dangers are missed and how many harmless sentences are stopped."""
    signs = read_signs()
    dangers = [text for text, label in judged if label != _NONE]
    others = [text for text, label in judged if label == _NONE]
    missed = sum(signs.find(text) is None and find_rule(text) is None for text in dangers)
    by_rules = sum(find_rule(text) is None for text in dangers)
    stopped = sum(signs.find(text) is not None or find_rule(text) is not None for text in others)
    alarms = sum(signs.find(text) is not None for text, _ in harmless)
    return (
        f"judge: {missed} of {len(dangers)} dangers missed ({by_rules} by rules alone), "
        f"{stopped} of {len(others)} harmless ones stopped\n"
        f"turns it was fitted to: {alarms} of {len(harmless)} stopped"
    )


if __name__ == "__main__":
    main()
