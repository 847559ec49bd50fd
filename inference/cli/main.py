"""The commands of `python -m inference`."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from inference.chat.terminal import Chat
from inference.cli.compression import (
    add_compress_options,
    add_memory_option,
    add_options,
    open_memory,
    run_compress,
    run_decompress,
)
from inference.cli.likelihood import register as register_likelihood
from inference.cli.memory import register as register_memory
from inference.compression.memory import Memory
from inference.config import BACKENDS, EngineConfig
from inference.engine import Engine
from inference.errors import EngineError, PromptError
from inference.likelihood.scoring import CodedScorer, Score, score_file
from inference.model.checkpoint import load_config
from inference.model.folders import chosen_model, find_model
from inference.prompt import build_prompt, encode
from inference.sampling import METHODS, SamplingConfig

Command = Callable[[argparse.Namespace], None]


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, or 1 with a sentence on stderr."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    args = _parser().parse_args(argv)
    try:
        args.run(args)
        sys.stdout.flush()
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader went away; keep the interpreter from saying so at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m inference", description="Run a byte-level language model."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    generate = _add(commands, "generate", _generate, "continue a prompt, or answer a question")
    generate.add_argument("prompt", metavar="PROMPT", help="the text; - reads it from stdin")
    how = generate.add_mutually_exclusive_group()
    how.add_argument(
        "--chat",
        action="store_true",
        help="answer it as a question: the default where the model was taught to",
    )
    how.add_argument(
        "--raw", action="store_true", help="continue it as it stands: the default for others"
    )
    generate.add_argument(
        "--evidence",
        action="append",
        default=[],
        metavar="TEXT",
        help="a piece of text to answer from, the best first; for a model that was taught to",
    )
    _add_sampling(generate)
    _add_sampling(_add(commands, "chat", _chat, "talk in the terminal"))
    score = _add(commands, "score", _score, "measure how well the model predicts a text file")
    score.add_argument("file", metavar="FILE", type=Path, help="a text in UTF-8")
    score.add_argument(
        "--mixed", action="store_true", help="count the bits of compress, which learns as it goes"
    )
    add_memory_option(score)
    add_compress_options(_add(commands, "compress", _compress, "make a file smaller, without loss"))
    add_options(_add(commands, "decompress", _decompress, "give back what compress was given"))
    _add(commands, "info", _info, "print the model's card")
    register_memory(commands, lambda args: load_config(_model(args)).codec)
    register_likelihood(partial(_add, commands), _open)
    return parser


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Command,
    text: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.set_defaults(run=run)
    parser.add_argument(
        "--model", help="a name under models/, or a folder (default: $XINGLIN_MODEL, else tcm)"
    )
    if name != "info":
        parser.add_argument("--backend", choices=BACKENDS, default="auto")
        parser.add_argument("--isa", default="auto", help="instruction set of the cpu backend")
        parser.add_argument("--threads", type=int, default=1)
    return parser


def _add_sampling(parser: argparse.ArgumentParser) -> None:
    default = SamplingConfig()
    parser.add_argument("--method", choices=METHODS, default=default.method)
    for name, kind in (
        ("top_e", float),
        ("temperature", float),
        ("top_k", int),
        ("top_p", float),
        ("min_p", float),
        ("max_bytes", int),
        ("seed", int),
    ):
        value = getattr(default, name)
        parser.add_argument(
            "--" + name.replace("_", "-"), type=kind, default=value, help=f"default {value}"
        )


def _generate(args: argparse.Namespace) -> None:
    sampling = _sampling(args)
    text = _prompt_text(args.prompt)
    with _open(args) as engine:
        config = engine.checkpoint.config
        if args.evidence and not config.evidence:
            raise PromptError(f"{config.name} was not taught to read evidence; its card says so")
        if not (args.evidence or args.raw):
            _warn_of_inventions(engine)
        prompt = (
            encode(text, config.codec)
            if args.raw or not (args.chat or config.answers)
            else build_prompt(
                [],
                text,
                codec=config.codec,
                budget_bytes=max(16, config.context_bytes),
                evidence=args.evidence,
            )
        )
        for part in engine.submit(prompt, sampling).stream():
            print(part.decode(config.codec), end="", flush=True)
    print()


def _chat(args: argparse.Namespace) -> None:
    sampling = _sampling(args)
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 - its import alone gives `input` line editing and history
    with _open(args) as engine:
        _warn_of_inventions(engine)
        Chat(engine, sampling, ask=lambda: input("> "), say=_say).run()


def _warn_of_inventions(engine: Engine) -> None:
    """Say so where a model that reads has nothing to read."""
    if engine.checkpoint.config.evidence:
        print(
            f"{engine.checkpoint.name} answers from evidence, and invents without: give --evidence "
            "to `generate`, or ask with `xinglin ask`, which looks up the account's notes",
            file=sys.stderr,
        )


def _score(args: argparse.Namespace) -> None:
    if args.memory and not args.mixed:
        raise PromptError("--memory goes with --mixed; the model's own score has none")
    memory = open_memory(args)
    with _open(args) as engine:
        codec = engine.checkpoint.codec
        scorer = CodedScorer(engine.coder(memory=memory)) if args.mixed else engine.scorer()
        bar = _draw_bar if sys.stderr.isatty() else lambda _done, _total: None
        score = score_file(args.file, scorer, codec, bar)
        report = _report(args.file, engine, score)
        report |= _mixed_fields(memory) if args.mixed else {}
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    print(json.dumps(report, ensure_ascii=False))


def _report(file: Path, engine: Engine, score: Score) -> dict[str, object]:
    return {
        "file": str(file),
        "model": engine.checkpoint.name,
        "backend": engine.backend,
        "bytes": score.bytes,
        "model_bytes": score.model_bytes,
        "characters": score.characters,
        "bits_per_byte": round(score.bits_per_byte, 6),
        "bits_per_model_byte": round(score.bits_per_model_byte, 6),
        "bits_per_character": round(score.bits_per_character, 6),
        "seconds": round(score.seconds, 3),
    }


def _mixed_fields(memory: Memory | None) -> dict[str, object]:
    return {"mixed": True, "memory": memory.digest.hex() if memory else None}


def _compress(args: argparse.Namespace) -> None:
    run_compress(args, _open, _draw_bar)


def _decompress(args: argparse.Namespace) -> None:
    run_decompress(args, _open, _draw_bar)


def _info(args: argparse.Namespace) -> None:
    card = load_config(_model(args))
    print(json.dumps(card.fields(), ensure_ascii=False, indent=2))


def _model(args: argparse.Namespace) -> Path:
    return find_model(chosen_model(args.model, os.environ))


def _open(args: argparse.Namespace) -> Engine:
    config = EngineConfig(backend=args.backend, isa=args.isa, threads=args.threads)
    path = Path() if args.backend == "echo" else _model(args)
    return Engine.open(path, config)


def _sampling(args: argparse.Namespace) -> SamplingConfig:
    return SamplingConfig(
        method=args.method,
        top_e=args.top_e,
        temperature=args.temperature,
        top_k=args.top_k,
        top_p=args.top_p,
        min_p=args.min_p,
        max_bytes=args.max_bytes,
        seed=args.seed,
    )


def _prompt_text(argument: str) -> str:
    """Return the prompt: UTF-8 when its bytes are that, whatever the locale says."""
    try:
        given = sys.stdin.buffer.read() if argument == "-" else os.fsencode(argument)
        text = given.decode("utf-8").removesuffix("\n" if argument == "-" else "")
    except UnicodeError as error:
        if argument == "-" or not argument.isprintable():
            raise PromptError(f"the prompt is not UTF-8 ({error})") from error
        text = argument
    if not text.strip():
        raise PromptError("the prompt is empty; say something")
    return text


def _say(text: str) -> None:
    print(text, end="", flush=True)


def _draw_bar(done: int, total: int) -> None:
    share = done / total if total else 1.0
    filled = int(30 * min(1.0, share))
    print(
        f"\r[{'#' * filled}{'.' * (30 - filled)}] {share:4.0%}", end="", file=sys.stderr, flush=True
    )
