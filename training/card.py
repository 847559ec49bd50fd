"""The model card: the README.md that lies beside the weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inference.card import ModelCard
from training.origin import Origin

_CLASSICS = (
    "classical Chinese medical books (before 1912, three by authors who died before 1935)",
    "public domain by age; transcriptions xiaopangxia/TCM-Ancient-Books, NiuTrans/Classical-Modern "
    "(MIT)",
)
# By corpus: what it is; licence and the attribution that it asks for.
_SOURCES: Mapping[str, tuple[str, str]] = {
    "classics.train": _CLASSICS,
    "classics-qa": (
        "questions and answers made from passages of these classics",
        "Apache-2.0; the passages public domain by age",
    ),
    "general-zh.train": (
        "Chinese literature, statutes, encyclopaedia sentences",
        "public domain; statutes (LawRefBook/Laws) without copyright; sentences CC0-1.0 (Mozilla "
        "Common Voice); NiuTrans/Classical-Modern (MIT)",
    ),
    "dialogue.train": (
        "the dialogues of the rows below that name one, with questions about the classics",
        "see the README of the data: CC0-1.0, Apache-2.0, BSD-3-Clause",
    ),
    "smile": ("wellbeing conversations, synthetic", "CC0-1.0; qiuhuachuan/smile"),
    "other": (
        "task and film dialogues; small talk",
        "Apache-2.0, thu-coai/KdConv and thu-coai/CrossWOZ; BSD-3-Clause, "
        "gunthercox/chatterbot-corpus, Gunther Cox",
    ),
    "identity": ("who the assistant is, greetings, what it cannot do", "Apache-2.0; this project"),
    "memory": ("text that the starting model wrote itself", "as that model's"),
    "own": ("text of whoever trained it", "as its owner says"),
}


def model_card(card: ModelCard, origin: Origin, *, machine: str, scores: Mapping[str, Any]) -> str:
    """Return the model card as Markdown.

    Args:
        card: the checked `config.json`.
        origin: what the weights were made from.
        machine: what they were trained on, in words.
        scores: what `evaluate` wrote about them; may be empty.
    """
    parts = [_head(card), _use(), _training(card, origin, machine), _data(origin)]
    parts += [_quality(card, scores), _limits(), _licence(card)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _head(card: ModelCard) -> str:
    return f"""
# {card.name} {card.version}

A Chinese language model of {card.parameters / 1e6:.1f} million parameters that reads and writes
bytes ({card.codec}), trained from nothing on classical Chinese medical books and then on
dialogues. It is **not medical advice**: it invents, and old books hold dangerous prescriptions.

| family | width | layers | heads | context (bytes) | parameters | sha256 |
|---|---:|---:|---:|---:|---:|---|
| {card.family} | {card.width} | {card.layers} | {card.heads} | {card.context} \
| {card.parameters:,} | `{card.sha256[:16]}…` |"""


def _use() -> str:
    return """
## Intended use

Study and play: a chatbot that sounds like the classics, small enough for one CPU core; a text
compressor for Chinese medical text; a base for fine-tuning. Not for diagnosis, not for choosing
or dosing a medicine, not as a source to cite: what it says need not stand in any book."""


def _training(card: ModelCard, origin: Origin, machine: str) -> str:
    spent = f"{origin.seconds / 60:.0f} minutes" if origin.seconds else "time not recorded"
    where = f" on {machine}" if machine else ""
    return f"""
## Training

{card.bytes_seen:,} bytes seen (repetitions counted), {spent}{where}. Muon for the matrices, AdamW
for the rest; fine-tuning on whole conversations, the assistant's bytes at full weight and the
user's at 0.2. Recipe and commands: `docs/training.md`."""


def _data(origin: Origin) -> str:
    rows = [
        f"| {name} | {_SOURCES[name][0]} | {_SOURCES[name][1]} |"
        for name in origin.corpora
        if name in _SOURCES
    ]
    rows += [f"| {name} | | |" for name in origin.corpora if name not in _SOURCES]
    return "\n".join(
        [
            "## Data",
            "",
            "| corpus | what | licence and source |",
            "|---|---|---|",
            *rows,
            "",
            "Citations, doses and directions for preparing or taking a medicine were removed from",
            "the dialogues' answers; they do stand in the books that it read first.",
        ]
    )


def _quality(card: ModelCard, scores: Mapping[str, Any]) -> str:
    lines = ["## Quality", ""]
    if not scores.get("measured"):
        found = [f"- {name}: {value:.3f}" for name, value in card.valid.items()]
        return "\n".join([*lines, *(found or ["Not measured yet."])])
    limit = scores.get("limit_characters")
    lines += [
        "Bits per character of text that it did not see, the control bytes of the chat format "
        "counted; smaller is better."
        + (f" The first {limit:,} characters of each text." if limit else ""),
        "`cpu` and `cuda` compute in int8, `reference` in float32.",
        "",
        "| text | backend | bits per character | bits per UTF-8 byte |",
        "|---|---|---:|---:|",
    ]
    lines += bits_rows(scores["measured"])
    for name, tools in scores.get("compression", {}).items():
        lines += [
            f"| {name} | {tool} | {one['bits_per_character']:.3f} "
            f"| {one['bits_per_utf8_byte']:.3f} |"
            for tool, one in tools.items()
            if tool != card.name
        ]
    if scores.get("dialogue"):
        lines += ["", *_replies(scores["dialogue"])]
    return "\n".join(lines)


def _replies(found: Mapping[str, Any]) -> list[str]:
    return [
        f"Of {found['replies']} replies, each the closest of "
        f"{found['sampling'].get('drafts', 1)} drafts:",
        "",
        f"- {found['ended_share']:.1%} end by themselves, after {found['mean_characters']:.0f} "
        "characters on average;",
        f"- {found['valid_share']:.1%} are valid text, {found['empty_share']:.1%} empty;",
        f"- {found['repeats_gram_share']:.1%} repeat four characters over three times in a row;",
        f"- {found['on_topic']['share']:.1%} name what was asked for.",
    ]


def bits_rows(measured: Mapping[str, Any]) -> list[str]:
    """Return a table row for each text and backend: bits per character and per UTF-8 byte."""
    return [
        f"| {name} | {backend} | {one['bits_per_character']:.3f} "
        f"| {one['bits_per_utf8_byte']:.3f} |"
        for backend, texts in measured.items()
        for name, one in texts.items()
    ]


def _limits() -> str:
    return """
## Limits

- It knows words and their company, not facts: names of medicines and their properties are often
  wrong or mixed up, and a formula's composition may be invented.
- It sounds like the books: no modern medicine, no modern consultations in its training text.
- It remembers one conversation as far as its context reaches, some hundred characters.
- Simplified Chinese only. The transcription it learnt from lost its rarest characters.
- A service should answer emergencies with a fixed text before the model is asked, and look over
  what the model says; Xinglin does both."""


def _licence(card: ModelCard) -> str:
    return f"## Licence\n\nWeights: {card.licence}. Attributions: see Data."
