"""Measure how often `choose`, `fill` and `judge` are right, rule against rule.

    python -m benchmarks.quality.likelihood --model tcm --data DATA [--exam FILE] [--seed 1]

Prints Markdown. DATA holds `classics.valid.txt` (held out) and `herbs.jsonl` (cut out of the
training text); FILE holds lines of {question, choices, answer}. Intervals are Wilson's of 95 %.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from benchmarks.quality.likelihood_items import (
    TERMS,
    Choosing,
    Cloze,
    Pair,
    blanked_word,
    books_of,
    changed_term,
    changed_word,
    exam_items,
    gathered,
    herb_items,
    next_clause,
)
from inference.config import EngineConfig
from inference.engine import Engine
from inference.likelihood.accuracy import Accuracy
from inference.likelihood.choose import FORMS, RULES, Form, choose
from inference.likelihood.contrast import denied
from inference.likelihood.fill import fill
from inference.likelihood.judge import SURE_BITS, Judgement, Method, judge
from inference.model.folders import find_model

HELD_OUT: Final = "classics.valid.txt"
HERBS: Final = "herbs.jsonl"

Rows = list[tuple[str, Accuracy]]


def choosing(engine: Engine, items: list[Choosing]) -> Rows:
    """Return the accuracy of every form and rule."""
    hits: dict[tuple[Form, str], list[bool]] = {}
    for item in items:
        for form in FORMS:
            question = item.question if form == "plain" else item.asked
            options = choose(engine, question, item.choices, form=form).options
            for rule in RULES:
                scores = [option.by(rule) for option in options]
                best = scores.index(max(scores))
                hits.setdefault((form, rule), []).append(best == item.answer)
    return [(f"{form}, {rule}", Accuracy.of(found)) for (form, rule), found in hits.items()]


def filling(engine: Engine, items: list[Cloze]) -> Rows:
    """Return the accuracy with both sides of the blank, with the left one, and by count alone."""
    hits: dict[str, list[bool]] = {"both sides (`fill`)": [], "left side": [], "frequency": []}
    for item in items:
        true = item.words[0]
        ranked = fill(engine, f"{item.left}_{item.right}", item.words)
        left = choose(engine, item.left, item.words, rule="sum")
        hits["both sides (`fill`)"].append(ranked[0].text == true)
        hits["left side"].append(left.answer == true)
        hits["frequency"].append(item.counts[0] > max(item.counts[1:]))
    return [(name, Accuracy.of(found)) for name, found in hits.items()]


def drawing(engine: Engine, items: list[Cloze]) -> Rows:
    """Return how often the very word of the book is the first, among the first 5, drawn at all."""
    found = [
        (item.words[0], [one.text for one in fill(engine, f"{item.left}_{item.right}")])
        for item in items
    ]
    return [
        ("the first", Accuracy.of(word == texts[0] for word, texts in found)),
        ("among the first 5", Accuracy.of(word in texts[:5] for word, texts in found)),
        ("drawn at all", Accuracy.of(word in texts for word, texts in found)),
    ]


def judging(engine: Engine, pairs: list[Pair], method: Method) -> Rows:
    """Judge both of each pair alone, with contrasts by rule; say how often, and where sure."""
    told = [
        (judge(engine, text, method=method, terms=TERMS), right)
        for pair in pairs
        for text, right in ((pair.true, True), (pair.false, False))
    ]
    return _judged(told, method)


def against_denial(engine: Engine, pairs: list[Pair], method: Method) -> Rows:
    """Judge both of each pair against its own denial."""
    told = [
        (judge(engine, text, denied(text), method=method), right)
        for pair in pairs
        for text, right in ((pair.true, True), (pair.false, False))
        if denied(text)
    ]
    return _judged(told, f"against the denial, {method}")


def against_each_other(engine: Engine, pairs: list[Pair], method: Method) -> Rows:
    """Judge the true one with the false one given as its negation."""
    told = [(judge(engine, pair.true, [pair.false], method=method), True) for pair in pairs]
    return _judged(told, f"the other given, {method}")


def _judged(told: Sequence[tuple[Judgement, bool]], name: str) -> Rows:
    rows = [(name, Accuracy.of((found.margin > 0) == right for found, right in told))]
    sure = [(found, right) for found, right in told if abs(found.margin) >= SURE_BITS]
    if sure:
        share = len(sure) / len(told)
        label = f"{name}, {SURE_BITS:g} bits or more ({share:.0%} of them)"
        rows.append((label, Accuracy.of((found.margin > 0) == right for found, right in sure)))
    said_true = Accuracy.of(found.margin > 0 for found, _ in told)
    if {right for _, right in told} == {True, False}:
        rows.append((f"{name}: share called true", said_true))
    return rows


def show(title: str, chance: str, rows: Rows) -> None:
    """Print one table."""
    print(f"\n{title} Chance: {chance}.\n\n| rule | accuracy | 95 % interval | n |")
    print("| --- | ---: | ---: | ---: |")
    for name, found in rows:
        low, high = found.interval
        print(f"| {name} | {found.share:.1%} | {low:.1%} to {high:.1%} | {found.n} |", flush=True)


def measure_choose(engine: Engine, args: argparse.Namespace) -> None:
    """Print what `choose` gets right."""
    if args.exam:
        exam = exam_items(args.exam)
        show(f"**choose**, {len(exam)} exam questions.", "25 %", choosing(engine, exam))
    clauses = gathered(books_of(args.data / HELD_OUT), args.n, next_clause, args.seed)
    show("**choose**, the next clause, held out.", "25 %", choosing(engine, clauses))
    herbs, _ = herb_items(args.data / HERBS, args.n, args.seed)
    show("**choose**, taste and nature of a herb, seen.", "25 %", choosing(engine, herbs))


def measure_fill(engine: Engine, args: argparse.Namespace) -> None:
    """Print what `fill` gets right with candidates."""
    words = gathered(books_of(args.data / HELD_OUT), args.n, blanked_word, args.seed)
    show("**fill**, a word out of four, held out.", "25 %", filling(engine, words))


def measure_draw(engine: Engine, args: argparse.Namespace) -> None:
    """Print what `fill` finds without candidates, on a sixth of the items."""
    words = gathered(books_of(args.data / HELD_OUT), args.n, blanked_word, args.seed)[::6]
    show("**fill**, a word drawn, held out.", "below 0.1 %", drawing(engine, words))


def measure_judge(engine: Engine, args: argparse.Namespace) -> None:
    """Print what `judge` gets right, on two thirds as many pairs."""
    books, n = books_of(args.data / HELD_OUT), 2 * args.n // 3
    terms = gathered(books, n, changed_term, args.seed)
    show("**judge**, a term changed, held out.", "50 %", _every_way(engine, terms))
    words = gathered(books, n, changed_word, args.seed)
    show("**judge**, any word changed, held out.", "50 %", _against_given(engine, words))
    _, herbs = herb_items(args.data / HERBS, n, args.seed)
    show("**judge**, a herb's property changed, seen.", "50 %", _every_way(engine, herbs))


PARTS: Final[dict[str, Callable[[Engine, argparse.Namespace], None]]] = {
    "choose": measure_choose,
    "fill": measure_fill,
    "judge": measure_judge,
    "draw": measure_draw,
}


def _every_way(engine: Engine, pairs: list[Pair]) -> Rows:
    methods: tuple[Method, ...] = ("contrast", "corrected", "answer")
    return [row for method in methods for row in judging(engine, pairs, method)]


def _against_given(engine: Engine, pairs: list[Pair]) -> Rows:
    methods: tuple[Method, ...] = ("contrast", "corrected")
    ways = (against_denial, against_each_other)
    return [row for way in ways for method in methods for row in way(engine, pairs, method)]


def _against_given(engine: Engine, pairs: list[Pair]) -> Rows:
    methods: tuple[Method, ...] = ("contrast", "corrected")
    ways = (against_each_other, against_denial)
    return [row for way in ways for method in methods for row in way(engine, pairs, method)]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure choose, fill and judge.")
    parser.add_argument("--model", default="tcm")
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--exam", type=Path)
    parser.add_argument("--n", type=int, default=301, help="items of each kind, at least")
    parser.add_argument("--part", choices=PARTS, action="append", help="default: all")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with Engine.open(find_model(args.model), EngineConfig(backend=args.backend)) as engine:
        name, version = engine.checkpoint.name, engine.checkpoint.version
        print(f"model {name} {version}, backend {engine.backend}, seed {args.seed}")
        for part in args.part or PARTS:
            PARTS[part](engine, args)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
