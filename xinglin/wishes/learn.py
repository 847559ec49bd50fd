r"""Make the classifier of complaints from written sentences.

    python -m xinglin.wishes.learn accounts/tcm/knowledge/*.jsonl

`sentences.txt` has complaints and what looks like them; two complaints also count as one, as people
write them. Harmless beside these are the sentences of safety and the questions of notes. Logistic
regression with an L2 penalty, by Adam (Kingma and Ba 2015, arXiv:1412.6980); offline, so NumPy may.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xinglin.normal import written
from xinglin.safety.examples import SENTENCES
from xinglin.wishes.complaints import FILE, pieces, read_classifier, share_of
from xinglin.wishes.parts import parts_of

SOURCE = Path(__file__).with_name("sentences.txt")
_PAIRS, _EPOCHS, _BATCH, _RATE, _PENALTY, _KEPT = 1600, 12, 256, 0.03, 2e-5, 0.6
_LEAST_SEEN, _STEP, _MOST_PIECES = 2, 0.05, 12_000
_COMPLAINTS = ("told", "judged", "demanded", "acted")
_FRAMES = (
    ("ours", "faults", True),
    ("others", "faults", False),
    ("ours", "asks", False),
    ("ours", "praises", False),
)
_FRAMED = 500
_OPENINGS = (
    "",
    "",
    "",
    "你好，",
    "我说，",
    "唉，",
    "请问，",
    "真是的，",
    "老板，",
    "在吗？",
    "喂，",
)
_MARKS = ("，", "。", "！", "，", " ")
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """One text: its pieces, whether it complains, and how much it weighs."""

    pieces: frozenset[str]
    complains: bool
    weight: float


def read_sections(file: Path = SOURCE) -> dict[str, list[str]]:
    """Return the sentences of each `[section]`."""
    found: dict[str, list[str]] = {}
    for line in file.read_text("utf-8").splitlines():
        if line.startswith("["):
            rows = found.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            rows.append(line)
    return found


def gather(sections: dict[str, list[str]], others: Iterable[str], seed: int = 1) -> list[Example]:
    """Return everything that is learnt from."""
    rng = random.Random(seed)
    harmless = sections["harmless"]
    complaints = [text for name in _COMPLAINTS for text in sections[name]]
    examples = [_example(text, True, 2.0) for text in complaints]
    examples += [_example(_joined(rng, complaints), True, 0.5) for _ in range(_PAIRS)]
    mixed = [(rng.choice(harmless), rng.choice(complaints)) for _ in range(_PAIRS // 4)]
    examples += [_example("，".join(rng.sample(pair, 2)), True, 0.3) for pair in mixed]
    examples += [_example(text, False, 3.0) for text in harmless]
    examples += [_example(_joined(rng, harmless), False, 0.6) for _ in range(_PAIRS)]
    for subject, said, complains in _FRAMES:
        pairs = [(a, b) for a in sections[subject] for b in sections[said]]
        framed = (f"{a}{b}" for a, b in rng.sample(pairs, _FRAMED))
        examples += [_example(text, complains, 0.7) for text in framed]
    return examples + [_example(text, False, 0.15) for text in others]


def _joined(rng: random.Random, texts: Sequence[str]) -> str:
    first, second = rng.sample(texts, 2)
    return f"{rng.choice(_OPENINGS)}{first}{rng.choice(_MARKS)}{second}"


def _example(text: str, complains: bool, weight: float) -> Example:
    return Example(frozenset(pieces(written(text))), complains, weight)


def read_others(notes: Iterable[Path]) -> list[str]:
    """Return the sentences of safety, and the questions of notes."""
    rows = [json.loads(line) for file in sorted(SENTENCES.glob("*.jsonl")) for line in _lines(file)]
    asked = [question for file in notes for line in _lines(file) for question in _asked(line)]
    said = [str(row["text"]) for row in rows if isinstance(row.get("text"), str)]
    return sorted({text[:60] for text in said + asked if not _is_doubtful(text)})


def _is_doubtful(text: str) -> bool:
    """Return whether a sentence that was written for another end may complain all the same."""
    held = parts_of(written(text))
    goods = held & {"@party", "@deal", "@you", "@promised"}
    return bool(held & {"@act", "@money", "@worst"} or (goods and held & {"@ill", "@nobody"}))


def _asked(line: str) -> list[str]:
    return [str(question) for question in json.loads(line).get("questions", ())]


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text("utf-8").splitlines() if line.strip()]


def fit(examples: Sequence[Example], seed: int = 1) -> tuple[list[str], Floats, float]:
    """Fit the weights of the pieces that several texts hold.

    Returns:
        the pieces; (P,) weights; the bias.
    """
    seen = Counter(piece for one in examples for piece in one.pieces)
    vocabulary = sorted(piece for piece, times in seen.items() if times >= _LEAST_SEEN)
    numbers = {piece: number for number, piece in enumerate(vocabulary)}
    rows = [
        np.array([numbers[p] for p in one.pieces if p in numbers], np.int64) for one in examples
    ]
    shares = np.array([share_of(set(one.pieces)) for one in examples], np.float32)
    labels = np.array([one.complains for one in examples], np.float32)
    weights = np.array([one.weight for one in examples], np.float32)
    table = np.zeros(len(vocabulary) + 1, np.float32)
    first, second = np.zeros_like(table), np.zeros_like(table)
    rng, step = np.random.default_rng(seed), 0
    total = _EPOCHS * -(-len(rows) // _BATCH)
    for _ in range(_EPOCHS):
        order = rng.permutation(len(rows))
        for begin in range(0, len(order), _BATCH):
            step += 1
            slope = _PENALTY * table
            for at in order[begin : begin + _BATCH]:
                kept = rows[at][rng.random(len(rows[at])) < _KEPT]
                share = shares[at] / _KEPT
                odds = 1 / (1 + np.exp(-(share * table[kept].sum() + table[-1])))
                error = weights[at] * (odds - labels[at]) / _BATCH
                slope[kept] += error * share
                slope[-1] += error
            first += 0.1 * (slope - first)
            second += 0.01 * (slope**2 - second)
            rate = _RATE * (1 - step / (total + 1)) / (1 - 0.9**step)
            table -= rate * first / (np.sqrt(second / (1 - 0.99**step)) + 1e-5)
    return vocabulary, table[:-1], float(table[-1])


def pack(vocabulary: Sequence[str], weights: Floats) -> dict[str, int]:
    """Return whole-number weights of the pieces that decide most."""
    steps = np.clip(np.rint(weights / _STEP), -127, 127).astype(int)
    strong = np.argsort(-np.abs(weights), kind="stable")[:_MOST_PIECES]
    return {vocabulary[at]: int(steps[at]) for at in sorted(strong) if steps[at]}


def write(packed: dict[str, int], bias: float, threshold: float, excused: float) -> None:
    """Write the classifier, a piece a line."""
    head = {"scale": _STEP, "bias": round(bias, 4), "threshold": threshold, "excused": excused}
    found = {**head, "weights": packed}
    FILE.write_text(json.dumps(found, ensure_ascii=False, indent=0) + "\n", "utf-8")
    read_classifier.cache_clear()


def main() -> None:
    """Read the sentences, fit, and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("notes", nargs="*", type=Path, help="notes of accounts, *.jsonl")
    parser.add_argument("--threshold", type=float, default=-2.3, help="least log-odds")
    parser.add_argument("--excused", type=float, default=1.2, help="more of it beside an excuse")
    args = parser.parse_args()
    examples = gather(read_sections(), read_others(args.notes))
    vocabulary, weights, bias = fit(examples)
    packed = pack(vocabulary, weights)
    write(packed, bias, args.threshold, args.excused)
    print(f"{len(examples)} texts, {len(packed)} pieces")


if __name__ == "__main__":
    main()
