"""The model card: the README.md that lies beside the weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inference.model.config import ModelConfig
from training.provenance import Provenance

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
    "pubmed.train": (
        "English questions and answers about health (MedQuAD), open-access biomedical articles",
        "CC BY 4.0, A. Ben Abacha and D. Demner-Fushman, BMC Bioinformatics 2019; CC BY or CC0, "
        "articles of PLOS and of the CRAFT corpus",
    ),
    "reading": (
        "questions with evidence: notes and tables of an account (a tenth held out), passages of "
        "the corpora, tables of invented things",
        "Apache-2.0, this project; the passages public domain by age",
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


_TUNED = """; fine-tuning on whole conversations, the assistant's bytes at full weight and the
user's at 0.2"""
_TUNED_TO_READ = """; fine-tuning on questions with evidence, the answers' bytes at full weight,
questions at 0.1, evidence at 0.05"""

_REMOVED = (
    "",
    "Citations, doses and directions for preparing or taking a medicine were removed from",
    "the dialogues' answers; they do stand in the books that it read first.",
)


@dataclass(frozen=True, slots=True)
class Kind:
    """Words of a card about a kind of model.

    Attributes:
        what: what it is; holds {size} and {codec}.
        use: what for, and what not.
        limits: what it cannot do.
    """

    what: str
    use: str
    limits: str


_CHATBOT = Kind(
    """\
A Chinese language model of {size} that reads and writes
bytes ({codec}), trained from nothing on classical Chinese medical books and then on
dialogues. It is **not medical advice**: it invents, and old books hold dangerous prescriptions.""",
    """\
Study and play: a chatbot that sounds like the classics, small enough for one CPU core; a text
compressor for Chinese medical text; a base for fine-tuning. Not for diagnosis, not for choosing
or dosing a medicine, not as a source to cite: what it says need not stand in any book.""",
    """\
- It knows words and their company, not facts: properties are often wrong or mixed up, and a
  composition may be invented.
- No modern medicine, no modern consultations in its training text.
- It remembers one conversation as far as its context reaches, some hundred characters.
- Simplified Chinese only. The transcription it learnt from lost its rarest characters.
- A service should answer emergencies with a fixed text before the model is asked, and look over
  what the model says; Xinglin does both.""",
)
_BASE = Kind(
    """\
A Chinese language model of {size} that reads and writes
bytes ({codec}), trained from nothing on classical Chinese medical books, dialogues and general
Chinese. It is **not medical advice**: it invents, and old books hold dangerous prescriptions.""",
    """\
A base for fine-tuning, and a compressor of Chinese medical text. Not for diagnosis, not for
choosing or dosing a medicine, not as a source to cite: what it says need not stand in any book.""",
    """\
- It was not taught to answer: it goes on with a text. It knows words and their company, not facts.
- No modern medicine, no modern consultations in its training text.
- It remembers one conversation as far as its context reaches, some hundred characters.
- Simplified Chinese only. The transcription it learnt from lost its rarest characters.
- A service should answer emergencies with a fixed text before the model is asked, and look over
  what the model says; Xinglin does both.""",
)
_READER = Kind(
    """\
A Chinese language model of {size} that reads and writes
bytes ({codec}): it answers a question from pieces of evidence that stand before it, in plain words.
It was trained from nothing on classical Chinese medical books, then on questions with evidence.
It is **not medical advice**, and it is to be shown what to answer from.""",
    """\
The reader of a chatbot: a finder brings notes, the model tells what stands there, a check holds
each draft against them, and where none passes the notes' own words are shown
(`docs/knowledge.md`). Not without evidence, not for diagnosis, not for choosing or dosing a
medicine.""",
    """\
- Without evidence it knows nothing and invents; with some, it slips a character now and then, or
  takes the wrong piece of several: show only drafts that pass `knowledge/drafts.py`.
- It does not reason: it does not count, compare or decide yes or no.
- Simplified Chinese only. The transcription it learnt from lost its rarest characters.
- A service should answer emergencies with a fixed text before the model is asked, and look over
  what the model says; Xinglin does both.""",
)
_CONTINUES = "It continues text; it was not taught to answer. `finetune` makes a chatbot of it."
_ENGLISH = Kind(
    f"""\
An English language model of {{size}} that reads and writes bytes ({{codec}}),
trained from nothing on biomedical text. {_CONTINUES}
It is **not medical advice**: it invents.""",
    """\
Study and play: scoring and compressing English biomedical text, a base for fine-tuning. Not for
diagnosis or treatment, not as a source to cite.""",
    """\
- It knows words and their company, not facts; numbers, doses and causes that it writes are
  invented.
- English only; what it continues is a passage, seldom a whole argument.""",
)
_GENERAL = Kind(
    f"""\
A language model of {{size}} that reads and writes bytes ({{codec}}),
trained from nothing. {_CONTINUES}""",
    """\
Study and play: scoring and compressing text like the one it was trained on, a base for
fine-tuning. Not as a source to cite.""",
    """\
- It knows words and their company, not facts.
- Its language is that of its corpora; what it continues is a passage, seldom an argument.""",
)


def model_card(
    card: ModelConfig, origin: Provenance, *, machine: str, scores: Mapping[str, Any]
) -> str:
    """Return the model card as Markdown.

    Args:
        card: the checked `config.json`.
        origin: what the weights were made from.
        machine: what they were trained on, in words.
        scores: what `evaluate` wrote about them; may be empty.
    """
    kind = _kind(origin)
    parts = [_head(card, kind), _use(kind), _training(card, origin, machine), _data(origin)]
    parts += [_quality(card, scores), _limits(kind), _licence(card)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _kind(origin: Provenance) -> Kind:
    """Return the kind of a model, by what it read."""
    if reads_evidence(origin):
        return _READER
    if "classics.train" in origin.corpora:
        return _CHATBOT if is_tuned(origin) else _BASE
    return _ENGLISH if "pubmed.train" in origin.corpora else _GENERAL


def _head(card: ModelConfig, kind: Kind) -> str:
    return f"""
# {card.name} {card.version}

{kind.what.format(size=f"{card.parameters / 1e6:.1f} million parameters", codec=card.codec)}

| family | width | layers | heads | context (bytes) | parameters | sha256 |
|---|---:|---:|---:|---:|---:|---|
| {card.family} | {card.width} | {card.layers} | {card.heads} | {card.context_bytes} \
| {card.parameters:,} | `{card.sha256[:16]}…` |"""


def _use(kind: Kind) -> str:
    return f"## Intended use\n\n{kind.use}"


def _training(card: ModelConfig, origin: Provenance, machine: str) -> str:
    spent = f"{origin.seconds / 60:.0f} minutes" if origin.seconds else "time not recorded"
    where = f" on {machine}" if machine else ""
    tuned = _TUNED_TO_READ if reads_evidence(origin) else _TUNED if is_tuned(origin) else ""
    return f"""
## Training

{card.bytes_seen:,} bytes seen (repetitions counted), {spent}{where}. Muon for the matrices, AdamW
for the rest{tuned}. Recipe and commands: `docs/training.md`."""


def is_tuned(origin: Provenance) -> bool:
    """Return whether a model was taught to answer, and not only to go on with a text."""
    taught = {"identity", "memory", "own"}.intersection(origin.corpora)
    return bool(taught) or reads_evidence(origin)


def reads_evidence(origin: Provenance) -> bool:
    """Return whether a model was taught to answer from evidence."""
    return any(name.startswith("reading-") for name in origin.corpora)


def _data(origin: Provenance) -> str:
    names = dict.fromkeys(
        "reading" if name.startswith("reading-") else name for name in origin.corpora
    )
    rows = [
        f"| {name} | {_SOURCES[name][0]} | {_SOURCES[name][1]} |"
        for name in names
        if name in _SOURCES
    ]
    rows += [f"| {name} | | |" for name in names if name not in _SOURCES]
    return "\n".join(
        [
            "## Data",
            "",
            "| corpus | what | licence and source |",
            "|---|---|---|",
            *rows,
            *(_REMOVED if "classics-qa" in origin.corpora else ()),
        ]
    )


def _quality(card: ModelConfig, scores: Mapping[str, Any]) -> str:
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
        f"Of {found['replies']} replies of the service, "
        f"{found['mean_characters']:.0f} characters on average:",
        "",
        f"- {found['ended_share']:.1%} come from drafts that ended by themselves;",
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


def _limits(kind: Kind) -> str:
    return f"## Limits\n\n{kind.limits}"


def _licence(card: ModelConfig) -> str:
    return f"## Licence\n\nWeights: {card.licence}. Attributions: see Data."
