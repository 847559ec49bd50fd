"""Compare sampling rules on a model: distance of what they write from what people wrote.

    python -m benchmarks.quality.sampling --data DATA            # about ten minutes of one core
    python -m benchmarks.quality.sampling --data DATA --quick    # about one

Writes results.json, tables.md and quality-diversity.png into --out; what they say: docs/top-e.md.
What was measured is kept in --out/progress.json: the same command goes on after a stop.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.quality.batched_decoding import BatchedWygpt, Continuation, Rule, Start
from benchmarks.quality.sampling_pages import CHOSEN_BY, Result, write_out
from benchmarks.quality.sampling_rules import grid
from benchmarks.quality.style import Held, Style
from inference.errors import EngineError
from inference.model.checkpoint import Checkpoint
from inference.prompt import END, encode, render_question
from inference.reference.wygpt import log2_softmax
from training.data import find_corpus, read_text, split_documents
from training.errors import TrainingError
from training.evaluation.dialogue import Sample, measure_replies
from training.evaluation.prompts import Prompt, draw_prompts

CONTEXT_BYTES, CHARACTERS, REPLY_BYTES = 128, 100, 380


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


class Progress:
    """Measurements so far, on disk; those of another study are forgotten."""

    def __init__(self, path: Path, study: Result) -> None:
        self._path = path
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        self._kept = kept if kept.get("study") == study else {"study": study, "measured": {}}

    def measure(self, name: str, take: Callable[[], Result]) -> Result:
        """Return what is kept under a name, or take the measure and keep it."""
        measured: Result = self._kept["measured"]
        if name not in measured:
            measured[name] = take()
            self._path.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(self._kept, ensure_ascii=False)
            self._path.write_text(text + "\n", encoding="utf-8")
        found: Result = measured[name]
        return found

    def forget(self) -> None:
        """Remove the file: the study is done."""
        self._path.unlink(missing_ok=True)


class Study:
    """One model, its passages, and its questions."""

    def __init__(self, model: BatchedWygpt, seed: int, progress: Progress) -> None:
        self._model, self._seed, self.progress = model, seed, progress
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

    def go_on(rule: Rule) -> Result:
        made = study.write(starts, rule, 2 * CHARACTERS)
        return judge([m.text for m in made], [m.bits for m in made], held)

    return found | _each(study, "books", rules, go_on)


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

    def answer(rule: Rule) -> Result:
        made = study.write(starts, rule, REPLY_BYTES)
        return _answers(prompts, [(m.text, m.ended) for m in made], [m.bits for m in made])

    return found | _each(study, "questions", rules, answer)


def _answers(
    prompts: Sequence[Prompt], replies: Sequence[tuple[str, bool]], bits: Sequence[float]
) -> Result:
    samples = [Sample(p.text, *reply) for p, reply in zip(prompts, replies, strict=True)]
    found = measure_replies(prompts, samples)
    names = ("ended_share", "mean_characters", "overuses_gram_share", "repeated_4gram_share")
    return {
        "surprise": sum(bits) / sum(len(text) + ended for text, ended in replies),
        "on_topic": found["on_topic"]["share"],
        "on_topic_interval_95": found["on_topic"]["interval_95"],
        "distinct_2": found["distinct_2"],
        **{name: found[name] for name in names},
    }


def _each(
    study: Study, part: str, rules: dict[str, Rule], measure: Callable[[Rule], Result]
) -> Result:
    found = {}
    for name, rule in tqdm(rules.items(), desc=part, disable=None, leave=False):
        found[name] = study.progress.measure(f"{part}, {name}", partial(measure, rule))
    return found


def compare(args: argparse.Namespace) -> str:
    """Run the whole study, or what is left of it; returns its tables."""
    contexts = args.contexts or (24 if args.quick else 100)
    questions = args.questions or (12 if args.quick else 50)
    checkpoint = Checkpoint.load(args.model)
    what: Result = {
        "model": checkpoint.name,
        "version": checkpoint.version,
        "sha256": checkpoint.sha256,
        "contexts": contexts,
        "questions": questions,
        "seed": args.seed,
    }
    progress = Progress(args.out / "progress.json", what)
    study = Study(BatchedWygpt(checkpoint), args.seed, progress)
    rules = {
        f"{method}: {setting}" if setting else method: rule
        for method, settings in grid(quick=args.quick).items()
        for setting, rule in settings.items()
    }
    books = continue_books(study, args.data, contexts, rules, args.seed)
    best = best_settings(books)
    answering = set(best.values()) | {name for name in rules if name.startswith("top-e")}
    answers = answer_questions(
        study,
        draw_prompts(args.data, questions, args.seed),
        {name: rule for name, rule in rules.items() if name in answering},
    )
    tables = write_out(args.out, {**what, "best": best, "books": books, "answers": answers})
    progress.forget()
    return tables


def main(argv: Sequence[str] | None = None) -> int:
    """Compare, write and print; 2 for what can be mended."""
    parser = argparse.ArgumentParser(description="Compare sampling rules on a model.")
    parser.add_argument("--model", type=Path, default=Path("models/tcm"))
    parser.add_argument("--data", type=Path, required=True, help="folder of the valid corpora")
    parser.add_argument("--out", type=Path, default=Path("docs/top-e"))
    parser.add_argument("--contexts", type=int, default=0, help="default: 100, or 24 when quick")
    parser.add_argument("--questions", type=int, default=0, help="default: 50, or 12 when quick")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="few contexts, one setting a method")
    try:
        print(compare(parser.parse_args(argv)))
    except (TrainingError, EngineError, OSError) as error:
        print(f"sampling: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
