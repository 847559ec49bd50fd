"""The commands `choose`, `fill` and `judge`: their options and what they print."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final

from inference.engine import Engine
from inference.errors import PromptError
from inference.likelihood.accuracy import Accuracy
from inference.likelihood.choose import FORMS, RULES, Choice, choose
from inference.likelihood.contrast import Terms
from inference.likelihood.fill import BLANK, SAMPLES, Filling, fill
from inference.likelihood.judge import METHODS, NO_TERMS, SURE_BITS, Judgement, judge
from inference.likelihood.questions import Question, read_questions

ROWS: Final = 20

Run = Callable[[argparse.Namespace], None]
Add = Callable[[str, Run, str], argparse.ArgumentParser]
Open = Callable[[argparse.Namespace], Engine]


def register(add: Add, open_engine: Open) -> None:
    """Add the commands.

    Args:
        add: makes the parser of a command from its name, what it runs, and what it is for.
        open_engine: opens the model that the arguments name.
    """
    _choose_options(add("choose", _with(open_engine, _choose), "choose an answer to a question"))
    _fill_options(add("fill", _with(open_engine, _fill), "fill the blank of a text"))
    _judge_options(add("judge", _with(open_engine, _judge), "judge whether a sentence is true"))


def _with(open_engine: Open, run: Callable[[Engine, argparse.Namespace], None]) -> Run:
    def opened(args: argparse.Namespace) -> None:
        with open_engine(args) as engine:
            run(engine, args)

    return opened


def _choose_options(parser: argparse.ArgumentParser) -> None:
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("--question", metavar="TEXT")
    asked.add_argument(
        "--file",
        type=Path,
        help='lines of JSON: {"question": "...", "choices": ["...", ...], "answer": "A"}; '
        "the answer may be missing",
    )
    parser.add_argument("--option", action="append", default=[], metavar="TEXT", help="repeatable")
    parser.add_argument("--rule", choices=RULES, default="corrected", help="default corrected")
    parser.add_argument("--form", choices=FORMS, default="plain", help="default plain")
    parser.add_argument("--json", action="store_true", help="one JSON object a question")


def _fill_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--text", required=True, help="a text with one blank, such as ____")
    parser.add_argument("--blank", default=BLANK, help=f"the blank's mark, default {BLANK}")
    parser.add_argument(
        "--candidate", action="append", default=[], metavar="TEXT", help="repeatable"
    )
    parser.add_argument(
        "--count",
        type=int,
        default=SAMPLES,
        help=f"draws from the model when no candidate is given, default {SAMPLES}",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the first draw, default 0")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def _judge_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--proposition", required=True, metavar="TEXT")
    parser.add_argument(
        "--negation", action="append", default=[], metavar="TEXT", help="repeatable"
    )
    parser.add_argument(
        "--terms", type=Path, metavar="FILE", help="what excludes what, such as left and right"
    )
    parser.add_argument("--method", choices=METHODS, default="contrast", help="default contrast")
    parser.add_argument("--sure-bits", type=float, default=SURE_BITS, help=f"default {SURE_BITS:g}")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def _choose(engine: Engine, args: argparse.Namespace) -> None:
    if args.file and args.option:
        raise PromptError("--option goes with --question; a file brings its own choices")
    hits = []
    for asked in _questions(args):
        choice = choose(engine, asked.text, asked.choices, rule=args.rule, form=args.form)
        print(_json(_choice_fields(choice, asked)) if args.json else _choice_table(choice))
        if asked.answer is not None:
            hits.append(choice.best == asked.answer)
    if hits and not args.json:
        print(f"right: {Accuracy.of(hits)}, 95 % interval of Wilson")


def _fill(engine: Engine, args: argparse.Namespace) -> None:
    found = fill(
        engine,
        _text(args.text, "text"),
        [_text(candidate, "candidate") for candidate in args.candidate],
        blank=_text(args.blank, "blank"),
        samples=args.count,
        seed=args.seed,
    )
    print(_json({"fillings": list(map(asdict, found))}) if args.json else _fill_table(found))


def _judge(engine: Engine, args: argparse.Namespace) -> None:
    found = judge(
        engine,
        _text(args.proposition, "proposition"),
        [_text(negation, "negation") for negation in args.negation],
        method=args.method,
        sure_bits=args.sure_bits,
        terms=Terms.read(args.terms) if args.terms else NO_TERMS,
    )
    print(_json(asdict(found)) if args.json else _judge_table(found))


def _questions(args: argparse.Namespace) -> list[Question]:
    if args.file:
        return read_questions(args.file)
    options = [_text(option, "option") for option in args.option]
    return [Question(_text(args.question, "question"), tuple(options), None)]


def _choice_fields(choice: Choice, asked: Question) -> dict[str, object]:
    fields = asdict(choice) | {"best": choice.best, "margin": choice.margin}
    return fields if asked.answer is None else fields | {"right": choice.best == asked.answer}


def _choice_table(choice: Choice) -> str:
    lines = [choice.question, f"   {'sum':>9} {'character':>9} {'corrected':>9}"]
    lines += [
        f"{_letter(i):2} {option.sum:9.2f} {option.character:9.2f} {option.corrected:9.2f}"
        f"  {option.text}"
        for i, option in enumerate(choice.options)
    ]
    lines.append(
        f"answer: {_letter(choice.best)} {choice.answer}"
        f" ({choice.rule}, {choice.form}; ahead by {choice.margin:.2f})"
    )
    return "\n".join(lines)


def _fill_table(found: tuple[Filling, ...]) -> str:
    lines = [f"{one.probability:7.2%} {one.log2:9.2f}  {one.text}" for one in found[:ROWS]]
    if rest := found[ROWS:]:
        share = sum(one.probability for one in rest)
        lines.append(f"{share:7.2%}            {len(rest)} more; --json shows all")
    return "\n".join(lines)


def _judge_table(found: Judgement) -> str:
    lines = [f"{found.margin:+9.2f}  {found.proposition}"]
    lines += [f"{contrast.margin:+9.2f}  against {contrast.text}" for contrast in found.contrasts]
    lines.append(f"verdict: {found.verdict} ({found.margin:+.2f} bits, contrasts: {found.source})")
    return "\n".join(lines)


def _letter(index: int) -> str:
    return chr(ord("A") + index) if index < 26 else str(index + 1)


def _json(fields: dict[str, object]) -> str:
    return json.dumps(fields, ensure_ascii=False)


def _text(argument: str, what: str) -> str:
    """Return an argument of the command line: UTF-8 when its bytes are that, in any locale."""
    try:
        return os.fsencode(argument).decode("utf-8")
    except UnicodeError as error:
        if argument.isprintable():
            return argument
        raise PromptError(f"the {what} is not UTF-8 ({error})") from error
