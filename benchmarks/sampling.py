"""Compare sampling rules on a model: distance of what they write from what people wrote.

    python -m benchmarks.sampling --data DATA            # about ten minutes of one core
    python -m benchmarks.sampling --data DATA --quick    # about one

Writes results.json, tables.md and quality-diversity.png into --out; what they say: docs/top-e.md.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.batched import BatchedWygpt, Continuation, Rule, Start
from benchmarks.rules import grid
from benchmarks.style import Held, Style
from inference.checkpoint import Checkpoint
from inference.prompt import END, encode, render_question
from inference.wygpt import log2_softmax
from training.data import find_corpus, read_text, split_documents
from training.evaluation.dialogue import Asking, Sample, measure_replies
from training.evaluation.prompts import Prompt, draw_prompts

CONTEXT_BYTES, CHARACTERS, REPLY_BYTES = 128, 100, 380
CHOSEN_BY = "distance"
COLUMNS = {
    "surprise": "bits/char",
    "js_1": "JS 1",
    "js_2": "JS 2",
    "js_3": "JS 3",
    "distance": "distance",
    "precision": "precision",
    "recall": "recall",
    "distinct_2": "distinct-2",
    "repeated": "rep-4",
}
Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Passage:
    """A context out of a held-out book, and how the book goes on."""

    context: str
    continuation: str


def take_passages(
    documents: Sequence[str], count: int, codec: str, seed: int
) -> tuple[list[Passage], list[str]]:
    """Take passages spread evenly over the documents; returns them and all text in between.

    Each context has `CONTEXT_BYTES` bytes, or a few less where a character would be cut.
    """
    rng, passages, rest = random.Random(seed), [], []
    total = sum(map(len, documents))
    for document in documents:
        wanted = max(1, round(count * len(document) / total))
        gap = (len(document) - 2 * CHARACTERS) // wanted
        before = 0
        for i in range(wanted):
            place = CHARACTERS + i * gap + rng.randrange(max(1, gap - 2 * CHARACTERS))
            end = place + CHARACTERS
            tail = document[place - CHARACTERS : place]
            while len(encode(tail, codec)) > CONTEXT_BYTES:
                tail = tail[1:]
            passages.append(Passage(tail, document[place:end]))
            rest.append(document[before:place])
            before = end
        rest.append(document[before:])
    rng.shuffle(passages)
    return passages[:count], rest


class Study:
    """One model, its passages, and its questions."""

    def __init__(self, model: BatchedWygpt, seed: int) -> None:
        self._model, self._seed = model, seed
        self.codec = model.card.codec

    def begin(self, prompts: Sequence[str]) -> list[Start]:
        """Read every prompt once; each rule goes on from there."""
        return [self._model.start(encode(prompt, self.codec)) for prompt in prompts]

    def bits(self, prompt: str, text: str) -> float:
        """Return what a text that people wrote costs after its prompt, in bits."""
        first = encode(prompt, self.codec)
        data = first + encode(text, self.codec)
        logs = log2_softmax(self._model.extend(self._model.new_ring(), data))
        return -sum(logs[at - 1, data[at]] for at in range(len(first), len(data)))

    def write(self, starts: Sequence[Start], rule: Rule, max_bytes: int) -> list[Continuation]:
        """Continue each."""
        return self._model.write(starts, rule, max_bytes=max_bytes, seed=self._seed << 20)


def split_half(values: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Return the half that settings are chosen on, and the half that is reported."""
    return list(values[::2]), list(values[1::2])


def judge(texts: Sequence[str], bits: Sequence[float], held: Held) -> Result:
    """Measure both halves: the first to choose by, the second to report, with its intervals."""
    (texts_a, texts_b), (bits_a, bits_b) = split_half(texts), split_half(bits)
    reported = Style(texts_b, bits_b, held)
    return {
        "chosen_by": Style(texts_a, bits_a, held).measure()[CHOSEN_BY],
        "reported": reported.measure(),
        "interval_95": reported.intervals(),
    }


def continue_books(study: Study, data: Path, count: int, rules: Any, seed: int) -> Result:
    """Let each rule continue held-out books, and compare with how they go on."""
    documents = split_documents(read_text(find_corpus(data, "classics.valid")))
    passages, rest = take_passages(documents, count, study.codec, seed)
    held = Held.of(rest)
    starts = study.begin([passage.context for passage in passages])
    people = [passage.continuation for passage in passages]
    found: Result = {
        "people": judge(people, [study.bits(p.context, p.continuation) for p in passages], held)
    }
    for name, rule in _each(rules, "books"):
        made = study.write(starts, rule, 2 * CHARACTERS)
        found[name] = judge([m.text for m in made], [m.bits for m in made], held)
    return found


def best_settings(found: Result) -> dict[str, str]:
    """Return the name "method: setting" of each method's best, on the half that chooses."""
    best: dict[str, str] = {}
    for name, one in found.items():
        method = name.partition(":")[0]
        if name != "people" and (
            method not in best or one["chosen_by"] < found[best[method]]["chosen_by"]
        ):
            best[method] = name
    return best


def answer_questions(study: Study, prompts: Sequence[Prompt], rules: Any) -> Result:
    """Let each rule answer questions, and compare with the corpus's own answers."""
    questions = [render_question(prompt.turns[0]) for prompt in prompts]
    starts = study.begin(questions)
    bits = [study.bits(q, p.known + END) for q, p in zip(questions, prompts, strict=True)]
    found = {"people": _answers(prompts, [(p.known, True) for p in prompts], bits)}
    for name, rule in _each(rules, "questions"):
        made = study.write(starts, rule, REPLY_BYTES)
        found[name] = _answers(prompts, [(m.text, m.ended) for m in made], [m.bits for m in made])
    return found


def _answers(
    prompts: Sequence[Prompt], replies: Sequence[tuple[str, bool]], bits: Sequence[float]
) -> Result:
    samples = [Sample(p.text, *reply) for p, reply in zip(prompts, replies, strict=True)]
    found = measure_replies(prompts, samples, Asking())
    names = ("ended_share", "mean_characters", "overuses_gram_share", "repeated_4gram_share")
    return {
        "surprise": sum(bits) / sum(len(text) + ended for text, ended in replies),
        "on_topic": found["on_topic"]["share"],
        "on_topic_interval_95": found["on_topic"]["interval_95"],
        "distinct_2": found["distinct_2"],
        **{name: found[name] for name in names},
    }


def _each(rules: dict[str, Rule], name: str) -> Iterator[tuple[str, Rule]]:
    yield from tqdm(rules.items(), desc=name, disable=None, leave=False)


def books_table(found: Result, best: dict[str, str]) -> str:
    """Return every setting on the reported half; a method's best is bold."""
    rows = [f"| rule | {' | '.join(COLUMNS.values())} |", f"|---|{'---:|' * len(COLUMNS)}"]
    for name, one in found.items():
        cells = [f"{one['reported'][column]:.3f}" for column in COLUMNS]
        shown = f"**{name}**" if name in best.values() else name
        rows.append(f"| {shown} | {' | '.join(cells)} |")
    return "\n".join(rows)


def best_table(found: Result, best: dict[str, str]) -> str:
    """Return each method at its best setting, nearest to people's text first, with intervals."""
    people = found["people"]["reported"]["surprise"]
    rows = ["| rule | distance (95 %) | surprise gap | precision (95 %) | distinct-2 (95 %) |"]
    rows.append("|---|---:|---:|---:|---:|")
    names = sorted(best.values(), key=lambda name: found[name]["reported"][CHOSEN_BY])
    for name in ["people", *names]:
        one = found[name]
        cells = [
            f"{one['reported'][key]:.3f} ({one['interval_95'][key][0]:.3f} to "
            f"{one['interval_95'][key][1]:.3f})"
            for key in (CHOSEN_BY, "precision", "distinct_2")
        ]
        gap = f"{one['reported']['surprise'] - people:+.2f}"
        rows.append(f"| {name} | {cells[0]} | {gap} | {cells[1]} | {cells[2]} |")
    return "\n".join(rows)


def answers_table(found: Result) -> str:
    """Return the measures of the answers."""
    rows = [
        "| rule | bits/char | ends | on topic (95 %) | distinct-2 | rep-4 | overused 4-gram "
        "| characters |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, one in found.items():
        low, high = one["on_topic_interval_95"]
        rows.append(
            f"| {name} | {one['surprise']:.2f} | {one['ended_share']:.0%} "
            f"| {one['on_topic']:.0%} ({low:.0%} to {high:.0%}) | {one['distinct_2']:.3f} "
            f"| {one['repeated_4gram_share']:.3f} | {one['overuses_gram_share']:.0%} "
            f"| {one['mean_characters']:.0f} |"
        )
    return "\n".join(rows)


def plot_quality(found: Result, path: Path) -> None:
    """Draw precision against distinct-2, a line a method, and where people's text lies."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axis = pyplot.subplots(figsize=(8, 5.5))
    methods: dict[str, list[tuple[float, float]]] = {}
    for name, one in found.items():
        point = (one["reported"]["distinct_2"], one["reported"]["precision"])
        methods.setdefault(name.partition(":")[0], []).append(point)
    for method, points in methods.items():
        x, y = zip(*sorted(points), strict=True)
        axis.plot(x, y, marker="*" if method == "people" else "o", label=method, alpha=0.8)
    axis.set_xlabel("diversity: distinct-2 of characters")
    axis.set_ylabel("quality: share of 3-grams that stand in held-out text")
    axis.grid(alpha=0.3)
    axis.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=110, metadata={"Software": None})
    pyplot.close(figure)


def write_out(out: Path, results: Result) -> str:
    """Write JSON, tables and the picture; returns the tables."""
    books, best = results["books"], results["best"]
    tables = "\n\n".join(
        [
            "### Each method at its best setting",
            best_table(books, best),
            "### Every setting",
            books_table(books, best),
            "### Answers",
            answers_table(results["answers"]),
        ]
    )
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, ensure_ascii=False, indent=1)
    (out / "results.json").write_text(text + "\n", encoding="utf-8")
    (out / "tables.md").write_text(tables + "\n", encoding="utf-8")
    plot_quality(books, out / "quality-diversity.png")
    return tables


def main() -> int:
    """Compare, write and print."""
    parser = argparse.ArgumentParser(description="Compare sampling rules on a model.")
    parser.add_argument("--model", type=Path, default=Path("models/tcm"))
    parser.add_argument("--data", type=Path, required=True, help="folder of the valid corpora")
    parser.add_argument("--out", type=Path, default=Path("docs/top-e"))
    parser.add_argument("--contexts", type=int, default=100)
    parser.add_argument("--questions", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="few contexts, one setting a method")
    args = parser.parse_args()
    if args.quick:
        args.contexts, args.questions = 24, 12
    checkpoint = Checkpoint.load(args.model)
    study = Study(BatchedWygpt(checkpoint), args.seed)
    rules = {
        f"{method}: {setting}" if setting else method: rule
        for method, settings in grid(quick=args.quick).items()
        for setting, rule in settings.items()
    }
    books = continue_books(study, args.data, args.contexts, rules, args.seed)
    best = best_settings(books)
    answering = set(best.values()) | {name for name in rules if name.startswith("top-e")}
    answers = answer_questions(
        study,
        draw_prompts(args.data, args.questions, args.seed),
        {name: rule for name, rule in rules.items() if name in answering},
    )
    names = {"model": checkpoint.name, "version": checkpoint.version, "sha256": checkpoint.sha256}
    numbers = {"contexts": args.contexts, "questions": args.questions, "seed": args.seed}
    results = {**names, **numbers, "best": best, "books": books, "answers": answers}
    print(write_out(args.out, results))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
