r"""Make the classifier of danger signs from written sentences.

    python -m xinglin.safety.learn accounts/tcm/knowledge/*.{jsonl,csv} VALID.jsonl \
        --talk TRAIN.jsonl --prose GENERAL.txt

with the dialogues and the general Chinese of the data set. What people ask there joins as harmless
where no rule stops it; of the files of `--talk` only small talk, travel and films, of `--prose` some
30,000 short sentences. Multinomial logistic regression with an
L2 penalty, by Adam (Kingma and Ba 2015, arXiv:1412.6980) on small batches; offline, so NumPy may.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
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
    read_held,
    read_sentences,
    read_written,
)
from xinglin.safety.hearing import hear
from xinglin.safety.rules import find_rule, judge
from xinglin.safety.signs import FILE, Signs, pieces, read_signs, share_of, windows

NAMES = (*(category.name for category in CATEGORIES), PRESCRIPTION_NAME, "none")
NONE = len(NAMES) - 1
_EPOCHS, _BATCH, _RATE, _PENALTY = 5, 512, 0.05, 8e-6
_KEPT = 0.6  # of the pieces of a text, drawn anew each time: no one piece decides alone
_LEAST_SEEN = 4.1  # a sentence counts 1, one of the files of harmless ones 0.4
_STEP_OF_WEIGHT = 0.05
_ROUGH_EPOCHS, _MOST_PIECES = 2, 40_000
_IMPORTANCE = {
    "written": 1.0,
    "pinyin": 1.0,
    "slip": 1.0,
    "context": 0.4,
    "noted": 2.4,
    "harmless": 0.3,
}
_TYPED = 3  # every third text comes typed in pinyin too, another third with one wrong character
_WEAK = 0.35
_PROSE, _SHORTEST_PROSE, _LONGEST_PROSE = 30_000, 5, 30
_SENTENCE = re.compile("[^。！？；：“”#《》\n]+")
_TALK = ("kdconv", "crosswoz", "chatterbot")
_COUNSEL, _LONGEST_COUNSEL = ("smile",), 60
# What people in counsel say of exams, work and love is harmless where nothing in it is grave.
_GRAVE = re.compile(
    "死|活|消失|解脱|结束|离开|自残|伤|杀|割|跳|药|血|晕|命|走了|世界|绝望|崩溃|坚持不|撑|意义|痛苦|抑郁|没用|多余|累赘|"
    "孕|医院|胸|呼吸|吐|疼|痛"
)
_CONTEXTS, _LONGEST_CONTEXT = 2500, 30
_PINYIN_OF_HARMLESS = 18
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
            seen[piece] += weight  # type: ignore[assignment]  # a Counter of fractions
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


def fit(
    examples: Examples, size: int, seed: int = 1, epochs: int = _EPOCHS
) -> tuple[Floats, Floats]:
    """Fit (size + 1, K) weights and (K,) biases.

    Only the rows of the pieces that a batch holds are stepped, by Adam with moments of their own.
    """
    table = np.zeros((size + 2, len(NAMES)), np.float32)  # the last row holds the biases
    first, second = np.zeros_like(table), np.zeros_like(table)
    random, total = np.random.default_rng(seed), len(examples.labels)
    steps = epochs * (-(-total // _BATCH))
    order = np.concatenate([random.permutation(total) for _ in range(epochs)])
    for step, begin in enumerate(range(0, len(order), _BATCH), 1):
        rows, slope = _slope(table, examples, order[begin : begin + _BATCH], random)
        first[rows] += 0.1 * (slope - first[rows])
        second[rows] += 0.01 * (slope**2 - second[rows])
        rate = _RATE * (1 - step / (steps + epochs)) / (1 - 0.9**step)
        table[rows] -= rate * first[rows] / (np.sqrt(second[rows] / (1 - 0.99**step)) + 1e-5)
    return table[:-1], table[-1]


def _slope(
    table: Floats, examples: Examples, texts: NDArray[np.int64], random: np.random.Generator
) -> tuple[NDArray[np.int64], Floats]:
    """Return the loss's slope of some texts, each without some pieces.

    Returns:
        (R,) int64, the rows of the table that the texts hold, in order, and the biases' at the end;
        (R, K) float32, the slope of the weighted loss at each.
    """
    lengths = examples.starts[texts + 1] - examples.starts[texts]
    starts = np.cumsum(lengths) - lengths
    places = np.repeat(examples.starts[texts] - starts, lengths) + np.arange(lengths.sum())
    features = examples.features[places]
    kept = (random.random(len(features)) < _KEPT).astype(np.float32) / np.float32(_KEPT)
    counts = np.repeat(examples.shares[texts], lengths) * kept
    logits = np.add.reduceat(table[features] * counts[:, None], starts, axis=0) + table[-1]
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    error = odds / odds.sum(axis=1, keepdims=True)
    error[np.arange(len(texts)), examples.labels[texts]] -= 1
    error *= (examples.importance[texts] / len(texts))[:, None]
    used = np.flatnonzero(counts)
    used = used[np.argsort(features[used], kind="stable")]
    rows, begins = np.unique(features[used], return_index=True)
    owners = np.repeat(np.arange(len(texts)), lengths)[used]
    slope = np.add.reduceat(error[owners] * counts[used, None], begins, axis=0)
    slope += _PENALTY * table[rows]
    return np.append(rows, len(table) - 1), np.vstack([slope, error.sum(axis=0)])


def strongest(vocabulary: Sequence[str], weights: Floats) -> list[str]:
    """Return the pieces that decide most, in order; all the concepts are among them."""
    force = np.abs(weights[: len(vocabulary)]).max(axis=1)
    force[[piece[0] == "@" for piece in vocabulary]] = np.inf
    return [vocabulary[at] for at in sorted(np.argsort(-force, kind="stable")[:_MOST_PIECES])]


def pack(vocabulary: Sequence[str], weights: Floats) -> tuple[dict[str, list[int]], float]:
    """Return whole-number weights of the pieces, and what a step is worth."""
    steps = np.clip(np.rint(weights[:-1] / _STEP_OF_WEIGHT), -127, 127).astype(int)
    return {piece: steps[at].tolist() for at, piece in enumerate(vocabulary)}, _STEP_OF_WEIGHT


def fit_strongest(samples: Sequence[Sample]) -> tuple[list[str], Floats, Floats]:
    """Fit all pieces roughly, and then the strongest of them alone.

    Returns:
        the pieces; (size + 1, K) weights; (K,) biases.
    """
    vocabulary = vocabulary_of(samples)
    rough, _ = fit(as_examples(samples, vocabulary), len(vocabulary), epochs=_ROUGH_EPOCHS)
    kept = strongest(vocabulary, rough)
    return kept, *fit(as_examples(samples, kept), len(kept))


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
    """Return some short sentences of prose, the same ones every time."""
    sentences = (one for text in read_harmless(paths) for one in _SENTENCE.findall(text))
    kept = [one for one in sentences if _SHORTEST_PROSE <= len(one) <= _LONGEST_PROSE]
    return kept[:: max(1, len(kept) // _PROSE)]


def _unruled(texts: Iterable[str]) -> list[tuple[str, int]]:
    """Return harmless texts that no rule stops, cut to a length."""
    return [
        (text[:_LONGEST_HARMLESS], NONE)
        for text in texts
        if find_rule(text[:_LONGEST_HARMLESS]) is None
    ]


def _troubles(paths: Sequence[Path]) -> list[str]:
    """Return what people in distress say short and without a word of danger."""
    return [
        text
        for text in read_harmless(paths, _COUNSEL)
        if len(text) <= _LONGEST_COUNSEL and not _GRAVE.search(text)
    ]


def gather(
    paths: Sequence[Path], talk: Sequence[Path] = (), prose: Sequence[Path] = (), every: int = 0
) -> list[Sample]:
    """Return everything that is learnt from."""
    texts = read_written(NAMES, every)
    slips = Homophones([text for text, _ in texts])
    noted = _unruled(read_harmless(paths))
    asked = _unruled((*read_harmless(talk, _TALK), *_troubles(talk), *_some(prose)))
    typed = texts[::_TYPED] + (noted + asked)[::_PINYIN_OF_HARMLESS]
    spelt = [(in_pinyin(text, spaced=at % 2 == 0), label) for at, (text, label) in enumerate(typed)]
    others = [text[:_LONGEST_CONTEXT] for text, _ in asked]
    return [
        *samples_of(texts, "written"),
        *samples_of([(slips.slip(text), label) for text, label in texts[1::_TYPED]], "slip"),
        *samples_of(spelt, "pinyin"),
        *samples_of(in_context(texts, others, _CONTEXTS), "context"),
        *samples_of(noted, "noted"),
        *samples_of(asked, "harmless"),
    ]


def main() -> None:
    """Read the sentences, fit, write, and say how well it does on what it has not seen."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("harmless", nargs="*", type=Path, help="dialogues, notes of an account")
    parser.add_argument("--talk", nargs="*", default=(), type=Path, help="dialogues")
    parser.add_argument("--prose", nargs="*", default=(), type=Path, help="lines of any prose")
    parser.add_argument("--threshold", type=float, default=0.32)
    parser.add_argument(
        "--hold", type=int, default=0, metavar="N", help="judge each N-th frame, and write nothing"
    )
    args = parser.parse_args()
    samples = gather(args.harmless, args.talk, args.prose, args.hold)
    vocabulary, weights, bias = fit_strongest(samples)
    packed, scale = pack(vocabulary, weights)
    print(f"{len(samples)} samples, {len(packed)} pieces")
    if args.hold:
        print(choices(Signs(NAMES, packed, scale, bias.tolist(), 0.0), read_held(NAMES, args.hold)))
        return
    write(packed, scale, bias, args.threshold)
    print(report(read_sentences(SENTENCES / "judge.jsonl", NAMES)))


def choices(signs: Signs, held: Sequence[tuple[str, int]]) -> str:
    """Say, for thresholds, what share of the harmless texts is stopped and of each danger missed."""
    scores = np.array([signs.likeliest(hear(text).tokens)[1] for text, _ in held])
    labels = np.array([label for _, label in held])
    lines = ["threshold " + " ".join(f"{name:>12}" for name in NAMES)]
    for threshold in np.arange(0.2, 0.7, 0.05):
        passed = [np.mean(scores[labels == label] < threshold) for label in range(len(NAMES))]
        passed[NONE] = 1 - passed[NONE]
        lines.append(f"{threshold:9.2f} " + " ".join(f"{share:12.1%}" for share in passed))
    return "\n".join(lines)


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
