"""Make personal models out of texts that the model has not seen, and see what they forgot.

    python -m benchmarks.quality.personal --data DATA --work FOLDER [--model tcm] [--out FILE]

DATA holds `classics.valid.txt` and `dialogue.valid.jsonl`. Two owners: one with a book (of the
held-out classics the longest of those below 25,000 characters), one with a chat log (one source of
the held-out dialogues). Of both the last part is held out of fine-tuning. Each is trained with the
command that an owner would type, with the model's own text as memory and with the corpora reread
(`--replay`). Then the same texts are scored in int8 by every model: the owner's held-out part,
other books, other dialogues.
Prints the table, and writes it between the markers of `--out` when that is given.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inference.config import EngineConfig
from inference.engine import Engine
from inference.model.folders import find_model
from training.conversations import Turns
from training.data import find_corpus, read_text, split_documents
from training.evaluation.corpora import ValidText, chat_text, measure, plain_text
from training.finetune import read_dialogues

KEPT_SHARE = 0.85
BOOK_CHARACTERS = 25_000
SOURCE = "smile"
MARKS = re.compile("(?<=<!-- personal -->\n).*?(?=<!-- /personal -->)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody with a text.

    Attributes:
        name: for the table and the files.
        file: what is trained on.
        apart: what of the owner's text is measured.
        others: what the model knew before, measured too.
    """

    name: str
    file: Path
    apart: ValidText
    others: Sequence[ValidText]


def book_owner(data: Path, work: Path, characters: int) -> Owner:
    """Cut one of the held-out books."""
    documents = split_documents(read_text(find_corpus(data, "classics.valid")))
    book = max((one for one in documents if len(one) < BOOK_CHARACTERS), key=len)
    rest = [one for one in documents if one is not book]
    cut = int(KEPT_SHARE * len(book))
    file = work / "book.txt"
    file.write_text(book[:cut], encoding="utf-8")
    title = book.splitlines()[0]
    others = (
        plain_text("other books", "\n\n".join(rest), characters),
        chat_text("dialogues", _turns(data, ""), characters),
    )
    return Owner(f"a book, {title}", file, plain_text("own", book[cut:], characters), others)


def chat_owner(data: Path, work: Path, characters: int) -> Owner:
    """Cut the held-out conversations of one source."""
    own, rest = _turns(data, SOURCE), _turns(data, f"-{SOURCE}")
    cut = int(KEPT_SHARE * len(own))
    file = work / "chat.jsonl"
    with file.open("w", encoding="utf-8") as out:
        for turns in own[:cut]:
            said = [
                {"role": role, "text": text}
                for turn in turns
                for role, text in zip(("user", "assistant"), turn, strict=True)
            ]
            out.write(json.dumps({"turns": said}, ensure_ascii=False) + "\n")
    books = read_text(find_corpus(data, "classics.valid"))
    others = (
        plain_text("other books", books, characters),
        chat_text("dialogues", rest, characters),
    )
    return Owner(
        f"a chat log, {cut} conversations", file, chat_text("own", own[cut:], characters), others
    )


def _turns(data: Path, source: str) -> list[Turns]:
    """Return the held-out conversations of a source, of all but one ("-NAME"), or of all ("")."""
    found = read_dialogues(find_corpus(data, "dialogue.valid"))
    if source.startswith("-"):
        return [turns for name, turns in found if name.split("/")[0] != source[1:]]
    return [turns for name, turns in found if not source or name.split("/")[0] == source]


def finetune(model: Path, owner: Owner, out: Path, extra: Sequence[str]) -> float:
    """Train as an owner does; returns the seconds that the command took."""
    command = [sys.executable, "-m", "training", "finetune", "--model", str(model)]
    command += ["--data", str(owner.file), "--out", str(out), "--work", f"{out}-run", *extra]
    began = time.monotonic()
    subprocess.run(command, check=True)
    return time.monotonic() - began


def bits(model: Path, texts: Sequence[ValidText]) -> list[float]:
    """Return the bits per character of each text, int8."""
    with Engine.open(model, EngineConfig()) as engine:
        return [measure(engine, text).bits_per_character for text in texts]


def main() -> None:
    """Train, score, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality.personal")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="folder for texts and models")
    parser.add_argument("--model", default="tcm")
    parser.add_argument("--characters", type=int, default=30_000, help="most that is scored of one")
    parser.add_argument("--threads", default="0", help="as in finetune")
    parser.add_argument("--out", type=Path, help="a page with <!-- personal --> marks")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    model = find_model(args.model)
    lines = [
        "| model | own text, held out | other books | other dialogues | minutes |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for make in (book_owner, chat_owner):
        owner = make(args.data, args.work, args.characters)
        texts = (owner.apart, *owner.others)
        size = owner.file.stat().st_size
        lines.append(f"| **{owner.name}, {size:,} bytes** | | | | |")
        rows = [("before", bits(model, texts), 0.0)]
        for name, extra in (("memory", []), ("replay", ["--replay", str(args.data)])):
            out = args.work / f"{owner.file.stem}-{name}"
            seconds = finetune(model, owner, out, [*extra, "--threads", args.threads])
            rows.append((f"after, {name}", bits(out, texts), seconds))
        for name, found, seconds in rows:
            took = f"{seconds / 60:.1f}" if seconds else ""
            figures = " | ".join(f"{figure:.3f}" for figure in found)
            lines.append(f"| {name} | {figures} | {took} |")
    table = "\n".join(lines) + "\n"
    print(table)
    if args.out:
        page = args.out.read_text(encoding="utf-8")
        args.out.write_text(MARKS.sub(lambda _: table, page), encoding="utf-8")


if __name__ == "__main__":
    main()
