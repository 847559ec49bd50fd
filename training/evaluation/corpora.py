"""The valid texts, and the bits that a model spends on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from inference.engine import Engine
from inference.prompt import DOCUMENT, encode, render_conversation
from training.data import find_corpus, read_text
from training.data_recipes.dialogue import read_conversations, read_raw_conversations
from training.errors import DataError

PLAIN = ("classics", "general-zh", "pubmed")
ENGLISH = frozenset({"pubmed"})
_PIECES = 4
_PIECE_BYTES = 1 << 14

Progress = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class ValidText:
    """A text to measure on.

    Attributes:
        name: for reports.
        text: what is scored, control characters of the chat format included.
        characters: what its bits are divided by: the characters that people wrote.
        utf8: the same in bytes of UTF-8.
        plain: whether `text` is what a compressor would be given.
    """

    name: str
    text: str
    characters: int
    utf8: int
    plain: bool


@dataclass(frozen=True, slots=True)
class Cost:
    """Bits of one text: per character and per byte of UTF-8, and the characters it has."""

    bits_per_character: float
    bits_per_utf8_byte: float
    characters: int


def is_english(corpora: Sequence[str]) -> bool:
    """Return whether a model was trained on English text alone."""
    names = {name.partition(".")[0] for name in corpora}
    return bool(names) and names <= ENGLISH


def wanted_texts(corpora: Sequence[str]) -> frozenset[str]:
    """Return the corpora that say something about a model trained on `corpora`."""
    trained = {name.partition(".")[0] for name in corpora}
    if is_english(corpora):
        return ENGLISH
    return frozenset({"classics", "general-zh", "dialogue"}) | (ENGLISH & trained)


def valid_texts(
    folder: Path, limit: int = 0, wanted: frozenset[str] | None = None
) -> list[ValidText]:
    """Read those valid corpora that a folder has.

    Args:
        folder: holds some of `classics.valid.txt`, `general-zh.valid.txt`, `pubmed.valid.txt` and
            `dialogue.valid.jsonl`.
        limit: characters of each, from its beginning; 0 is all.
        wanted: names of corpora; None is all that are there.

    Raises:
        DataError: it has none of them, or one holds nothing.
    """
    names = [n for n in (*PLAIN, "dialogue") if wanted is None or n in wanted]
    files = {name: path for name in names if (path := _find(folder, f"{name}.valid"))}
    if not files:
        raise DataError(f"{folder} has no {', '.join(f'{n}.valid' for n in names)}; check --data")
    found = [plain_text(n, read_text(path), limit) for n, path in files.items() if n != "dialogue"]
    if "dialogue" in files:
        found += _dialogues(files["dialogue"], limit)
    for text in found:
        if not text.characters:
            raise DataError(f"{text.name} in {folder} holds no text; there is nothing to measure")
    return found


def take_spread(text: ValidText, characters: int) -> ValidText:
    """Return at most so many characters of a plain text, in four pieces spread over it.

    A text in the chat format is cut at its beginning: a piece from inside would be no dialogue.
    """
    if len(text.text) <= characters:
        return text
    if not text.plain:
        return _resized(text, text.text[:characters])
    size = characters // _PIECES
    gap = (len(text.text) - size) // (_PIECES - 1)
    pieces = [text.text[at * gap : at * gap + size] for at in range(_PIECES)]
    return _resized(text, "".join(pieces))


def measure(engine: Engine, text: ValidText, progress: Progress = lambda _: None) -> Cost:
    """Return what a text costs; `progress` is told the bytes of each part that was read."""
    data = encode(text.text, engine.checkpoint.codec)
    scorer, bits = engine.scorer(), 0.0
    try:
        for begin in range(0, len(data), _PIECE_BYTES):
            part = data[begin : begin + _PIECE_BYTES]
            bits -= float(scorer.feed(part).sum(dtype=np.float64))
            progress(len(part))
    finally:
        scorer.close()
    return Cost(bits / text.characters, bits / text.utf8, text.characters)


def int8_loss(int8: Cost, exact: Cost) -> dict[str, float]:
    """Return both costs of one text, and what int8 adds in percent."""
    loss = 100 * (int8.bits_per_character / exact.bits_per_character - 1)
    return {
        "int8": int8.bits_per_character,
        "reference": exact.bits_per_character,
        "loss_percent": loss,
        "characters": exact.characters,
    }


def as_fields(cost: Cost) -> dict[str, float]:
    """Return a cost for the report."""
    return asdict(cost)


def _find(folder: Path, name: str) -> Path | None:
    try:
        return find_corpus(folder, name)
    except DataError:
        return None


def _dialogues(path: Path, limit: int) -> list[ValidText]:
    lines = read_text(path).split("\n")
    raw = [turns for _, turns in read_raw_conversations(lines, path.name)]
    flat = "\n\n".join("\n".join(text for turn in turns for text in turn) for turns in raw)
    cleaned = [turns for _, turns in read_conversations(lines, path.name)]
    return [
        plain_text("dialogue, plain", flat, limit),
        chat_text("dialogue, chat format", raw, limit),
        chat_text("dialogue, cleaned, chat format", cleaned, limit),
    ]


def plain_text(name: str, text: str, limit: int = 0) -> ValidText:
    """Return the first `limit` characters (0: all) of a text to measure on."""
    text = text[:limit] if limit else text
    return ValidText(name, text, len(text), len(text.encode()), plain=True)


def chat_text(
    name: str, conversations: Sequence[Sequence[tuple[str, str]]], limit: int = 0
) -> ValidText:
    """Return conversations in the chat format, the first ones up to `limit` characters (0: all)."""
    rendered: list[str] = []
    characters = utf8 = 0
    for turns in conversations:
        if limit and characters >= limit:
            break
        texts = [text for turn in turns for text in turn]
        characters += sum(map(len, texts))
        utf8 += sum(len(text.encode()) for text in texts)
        rendered.append(render_conversation(turns))
    return ValidText(name, DOCUMENT.join(rendered), characters, utf8, plain=False)


def _resized(text: ValidText, part: str) -> ValidText:
    written = [c for c in part if c == "\n" or c >= " "]
    return ValidText(text.name, part, len(written), len("".join(written).encode()), text.plain)
