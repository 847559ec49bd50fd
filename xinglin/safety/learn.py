r"""Make the classifier of danger signs from written sentences.

    python -m xinglin.safety.learn accounts/tcm/knowledge/*.{jsonl,csv} VALID.jsonl \
        --talk TRAIN.jsonl --prose GENERAL.txt

with the dialogues and the general Chinese of the data set. What people ask there joins as harmless
where no rule stops it; of the files of `--talk` only small talk, travel and films, of `--prose` some
9,000 short lines. Multinomial logistic regression with an
L2 penalty, by Adam (Kingma and Ba 2015, arXiv:1412.6980) on small batches; offline, so NumPy may.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xinglin.safety.categories import CATEGORIES, PRESCRIPTION_NAME
from xinglin.safety.examples import (
    SENTENCES,
    Homophones,
    in_context,
    in_pinyin,
    read_harmless,
    read_sentences,
    read_written,
)
from xinglin.safety.hearing import hear
from xinglin.safety.rules import find_rule, judge
from xinglin.safety.signs import FILE, pieces, read_signs, share_of, windows

NAMES = (*(category.name for category in CATEGORIES), PRESCRIPTION_NAME, "none")
NONE = len(NAMES) - 1
_EPOCHS, _BATCH, _RATE, _PENALTY = 7, 512, 0.05, 8e-6
_KEPT = 0.6  # of the pieces of a text, drawn anew each time: no one piece decides alone
_LEAST_SEEN = 4.1  # a sentence counts 1, one of the files of harmless ones 0.4
_STEP_OF_WEIGHT = 0.05
_LEAST_STEPS = 5
_IMPORTANCE = {"written": 1.0, "pinyin": 0.4, "slip": 0.4, "context": 0.4, "harmless": 0.2}
_WEAK = 0.3
_PROSE, _LONGEST_PROSE = 9000, 30
_TALK = ("kdconv", "crosswoz", "chatterbot")
_COUNSEL, _LONGEST_COUNSEL = ("smile",), 60
# What people in counsel say of exams, work and love is harmless where nothing in it is grave.
_GRAVE = re.compile(
    "死|活|消失|解脱|结束|离开|自残|伤|杀|割|跳|药|血|晕|命|走了|世界|绝望|崩溃|坚持不|撑|意义|痛苦|抑郁|没用|多余|累赘|"
    "孕|医院|胸|呼吸|吐|疼|痛"
)
_CONTEXTS, _LONGEST_CONTEXT = 2500, 30
_PINYIN_OF_HARMLESS = 6
_LONGEST_HARMLESS = 80

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts as rows of feature numbers, one after another.

    Attributes:
        features: (F,) int64, the pieces of all texts.
        starts: (N + 1,) int64, where each text begins in `features`, and the end.
        labels: (N,) int64, index into `NAMES`.
        importance: (N,) float32.
        shares: (N,) float32, what each piece of a text counts: 1 / sqrt(number of its pieces).
    """

    features: NDArray[np.int64]
    starts: NDArray[np.int64]
    labels: NDArray[np.int64]
    importance: Floats
    shares: Floats


@dataclass(frozen=True, slots=True)
class Sample:
    """One text to learn from: its pieces, its label, and how much it weighs."""

    pieces: frozenset[str]
    label: int
    importance: float


def samples_of(texts: Sequence[tuple[str, int]], kind: str) -> list[Sample]:
    """Cut texts into windows, and windows into pieces."""
    return [
        Sample(frozenset(pieces(window)), label, _IMPORTANCE[kind])
        for text, label in texts
        for window in windows(hear(text).tokens)
        if window
    ]


def vocabulary_of(samples: Sequence[Sample]) -> list[str]:
    """Return the pieces that some texts hold, in a fixed order."""
    seen: Counter[str] = Counter()
    for sample in samples:
        weight = 1.0 if sample.importance >= _WEAK else 0.4
        for piece in sample.pieces:
            seen[piece] += weight  # type: ignore[assignment]
    return sorted(piece for piece, times in seen.items() if times >= _LEAST_SEEN)


def as_examples(samples: Sequence[Sample], vocabulary: Sequence[str]) -> Examples:
    """Number the known pieces of each sample; the last number is of nothing at all."""
    numbers = {piece: number for number, piece in enumerate(vocabulary)}
    rows = [
        sorted(numbers[piece] for piece in sample.pieces if piece in numbers) or [len(vocabulary)]
        for sample in samples
    ]
    return Examples(
        np.concatenate([np.array(row, np.int64) for row in rows]),
        np.cumsum([0, *(len(row) for row in rows)]).astype(np.int64),
        np.array([sample.label for sample in samples], np.int64),
        np.array([sample.importance for sample in samples], np.float32),
        np.array([share_of(sample.pieces) for sample in samples], np.float32),
    )


def fit(examples: Examples, size: int, seed: int = 1) -> tuple[Floats, Floats]:
    """Fit (size + 1, K) weights and (K,) biases."""
    count, total = len(NAMES), len(examples.labels)
    table = np.zeros((size + 2, count), np.float32)  # the last row holds the biases
    first, second = np.zeros_like(table), np.zeros_like(table)
    random, steps = np.random.default_rng(seed), _EPOCHS * (-(-total // _BATCH))
    order = np.concatenate([random.permutation(total) for _ in range(_EPOCHS)])
    for step, begin in enumerate(range(0, len(order), _BATCH), 1):
        slope = _slope(table, examples, order[begin : begin + _BATCH], random)
        first += 0.1 * (slope - first)
        second += 0.01 * (slope**2 - second)
        rate = _RATE * (1 - step / (steps + _EPOCHS)) / (1 - 0.9**step)
        table -= rate * first / (np.sqrt(second / (1 - 0.99**step)) + 1e-5)
    return table[:-1], table[-1]


def _slope(
    table: Floats, examples: Examples, rows: NDArray[np.int64], random: np.random.Generator
) -> Floats:
    """Return the (size + 2, K) slope of the weighted loss of some texts, each without some pieces."""
    spans = [examples.features[examples.starts[r] : examples.starts[r + 1]] for r in rows]
    lengths = np.array([len(span) for span in spans])
    features = np.concatenate(spans)
    starts = np.cumsum(lengths) - lengths
    kept = (random.random(len(features)) < _KEPT).astype(np.float32) / np.float32(_KEPT)
    counts = (np.repeat(examples.shares[rows], lengths) * kept)[:, None]
    logits = np.add.reduceat(table[features] * counts, starts, axis=0) + table[-1]
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    error = odds / odds.sum(axis=1, keepdims=True)
    error[np.arange(len(rows)), examples.labels[rows]] -= 1
    error *= (examples.importance[rows] / len(rows))[:, None]
    slope: Floats = _PENALTY * table
    slope[-2:] = 0
    np.add.at(slope, features, np.repeat(error, lengths, axis=0) * counts)
    slope[-1] = error.sum(axis=0)
    return slope


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


def _some(paths: Sequence[Path]) -> list[str]:
    """Return some short lines of prose, the same ones every time."""
    lines = [text for text in read_harmless(paths) if 4 <= len(text) <= _LONGEST_PROSE]
    return lines[:: max(1, len(lines) // _PROSE)]


def _troubles(paths: Sequence[Path]) -> list[str]:
    """Return what people in distress say short and without a word of danger."""
    return [
        text
        for text in read_harmless(paths, _COUNSEL)
        if len(text) <= _LONGEST_COUNSEL and not _GRAVE.search(text)
    ]


def gather(
    paths: Sequence[Path], talk: Sequence[Path] = (), prose: Sequence[Path] = ()
) -> list[Sample]:
    """Return everything that is learnt from."""
    texts = read_written(NAMES)
    slips = Homophones([text for text, _ in texts])
    asked = [
        (text[:_LONGEST_HARMLESS], NONE)
        for text in (
            *read_harmless(paths),
            *read_harmless(talk, _TALK),
            *_troubles(talk),
            *_some(prose),
        )
        if find_rule(text[:_LONGEST_HARMLESS]) is None
    ]
    typed = texts + asked[::_PINYIN_OF_HARMLESS]
    spelt = [(in_pinyin(text, spaced=at % 2 == 0), label) for at, (text, label) in enumerate(typed)]
    others = [text[:_LONGEST_CONTEXT] for text, _ in asked]
    return [
        *samples_of(texts, "written"),
        *samples_of([(slips.slip(text), label) for text, label in texts], "slip"),
        *samples_of(spelt, "pinyin"),
        *samples_of(in_context(texts, others, _CONTEXTS), "context"),
        *samples_of(asked, "harmless"),
    ]


def main() -> None:
    """Read the sentences, fit, write, and say how well it does on what it has not seen."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("harmless", nargs="*", type=Path, help="dialogues, notes of an account")
    parser.add_argument("--talk", nargs="*", default=(), type=Path, help="dialogues")
    parser.add_argument("--prose", nargs="*", default=(), type=Path, help="lines of any prose")
    parser.add_argument("--threshold", type=float, default=0.46)
    args = parser.parse_args()
    samples = gather(args.harmless, args.talk, args.prose)
    vocabulary = vocabulary_of(samples)
    weights, bias = fit(as_examples(samples, vocabulary), len(vocabulary))
    packed, scale = pack(vocabulary, weights)
    write(packed, scale, bias, args.threshold)
    print(f"{len(samples)} samples, {len(packed)} of {len(vocabulary)} pieces -> {FILE}")
    print(report(read_sentences(SENTENCES / "judge.jsonl", NAMES)))


def report(judged: Sequence[tuple[str, int]]) -> str:
    """Say how many dangers are missed and how many harmless sentences are stopped."""
    lines = []
    for label, name in enumerate(NAMES):
        texts = [text for text, sign in judged if sign == label]
        stopped = sum(judge(text) is not None for text in texts)
        by_rule = sum(find_rule(text) is not None for text in texts)
        lines.append(f"{name}: {stopped} of {len(texts)} stopped ({by_rule} by rules)")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
