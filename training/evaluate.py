"""Measuring a model: bits per character on the valid texts, and replies to fixed questions."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from inference.config import BackendName, EngineConfig
from inference.engine import Engine
from inference.prompt import DOCUMENT, encode, render_conversation
from training.data import find_corpus, read_text
from training.dialogue import read_conversations, read_raw_conversations
from training.samples import ask, count_samples, read_prompts

# Bits per character of general compressors on the whole valid texts, for comparison.
COMPRESSORS = {
    "classics": {"xz -9e": 6.945, "zstd -22": 7.050},
    "dialogue, plain": {"xz -9e": 7.447, "zstd -22": 7.584},
}


@dataclass(frozen=True, slots=True)
class ValidText:
    """A text to measure on.

    Attributes:
        name: for reports.
        text: what is scored, control characters of the chat format included.
        characters: what its bits are divided by: the characters that people wrote.
        utf8: the same in bytes of UTF-8.
    """

    name: str
    text: str
    characters: int
    utf8: int


def valid_texts(folder: Path, limit: int = 0) -> list[ValidText]:
    """Read the valid corpora of a folder.

    Args:
        folder: holds `classics.valid.txt`, `general-zh.valid.txt` and `dialogue.valid.jsonl`.
        limit: characters of each, from its beginning; 0 is all.

    Raises:
        DataError: a corpus is missing.
    """
    found = [
        _plain(name, read_text(find_corpus(folder, f"{name}.valid")), limit)
        for name in ("classics", "general-zh")
    ]
    lines = [line for line in read_text(find_corpus(folder, "dialogue.valid")).split("\n") if line]
    raw = [turns for _, turns in read_raw_conversations(lines)]
    flat = "\n\n".join("\n".join(text for turn in turns for text in turn) for turns in raw)
    cleaned = [turns for _, turns in read_conversations(lines)]
    return [
        *found,
        _plain("dialogue, plain", flat, limit),
        _chat("dialogue, chat format", raw, limit),
        _chat("dialogue, cleaned, chat format", cleaned, limit),
    ]


def _plain(name: str, text: str, limit: int) -> ValidText:
    text = text[:limit] if limit else text
    return ValidText(name, text, len(text), len(text.encode()))


def _chat(name: str, conversations: Sequence[Sequence[tuple[str, str]]], limit: int) -> ValidText:
    rendered: list[str] = []
    characters = utf8 = 0
    for turns in conversations:
        if limit and characters >= limit:
            break
        texts = [text for turn in turns for text in turn]
        characters += sum(map(len, texts))
        utf8 += sum(len(text.encode()) for text in texts)
        rendered.append(render_conversation(turns))
    return ValidText(name, DOCUMENT.join(rendered), characters, utf8)


def measure(engine: Engine, text: ValidText) -> dict[str, float]:
    """Return bits per character and per UTF-8 byte of one text."""
    began = time.monotonic()
    data = encode(text.text, engine.checkpoint.codec)
    bits = -float(engine.score(data).sum(dtype="float64"))
    return {
        "bits_per_character": bits / text.characters,
        "bits_per_utf8_byte": bits / text.utf8,
        "characters": float(text.characters),
        "bytes_per_second": len(data) / (time.monotonic() - began),
    }


def evaluate_model(
    model: Path,
    data: Path,
    *,
    backends: Sequence[BackendName],
    limit: int = 0,
    threads: int = 1,
    prompts: Path | None = None,
    samples: bool = True,
    out: Path | None = None,
) -> dict[str, Any]:
    """Measure a model, print the findings as JSON and Markdown, and return them.

    Args:
        model: its folder.
        data: folder of the valid corpora.
        backends: each is measured; replies are the first one's.
        limit: characters of each text; 0 is all.
        threads: of the engine.
        prompts: file of questions; None is the built-in list.
        samples: whether to ask them.
        out: file for the JSON.
    """
    texts = valid_texts(data, limit)
    found: dict[str, Any] = {"limit_characters": limit, "measured": {}, "compressors": COMPRESSORS}
    for backend in backends:
        with Engine.open(model, EngineConfig(backend=backend, threads=threads)) as engine:
            found["model"] = {"name": engine.checkpoint.name, "sha256": engine.checkpoint.sha256}
            found["measured"][backend] = {text.name: measure(engine, text) for text in texts}
            if samples and "samples" not in found:
                replies = ask(engine, read_prompts(prompts))
                found["samples"] = [asdict(reply) for reply in replies]
                found["counted"] = count_samples(replies)
    text = json.dumps(found, ensure_ascii=False, indent=1)
    if out:
        out.write_text(text + "\n", encoding="utf-8")
    print(text)
    print(as_markdown(found))
    return found


def as_markdown(found: dict[str, Any]) -> str:
    """Return the findings of `evaluate_model` as Markdown."""
    rows = ["| text | backend | bits per character | bits per UTF-8 byte |", "|---|---|---:|---:|"]
    for backend, texts in found["measured"].items():
        rows += [
            f"| {name} | {backend} | {one['bits_per_character']:.3f} "
            f"| {one['bits_per_utf8_byte']:.3f} |"
            for name, one in texts.items()
        ]
    for name, tools in found["compressors"].items():
        rows += [f"| {name} | {tool} | {bits:.3f} | |" for tool, bits in tools.items()]
    lines = ["", *rows, ""]
    if "samples" in found:
        lines += [f"- {name}: {value:.3g}" for name, value in found["counted"].items()]
        for one in found["samples"]:
            end = "" if one["ended"] else " …"
            lines += ["", f"> {one['prompt']}", "", one["reply"] + end]
    return "\n".join(lines)
