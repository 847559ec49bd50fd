"""Fine-tuning on the project's dialogues: from a trained model to one that answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.batches import Measure, Source, measure_corpus
from training.conversations import ConversationCorpus, Turns, measure_answers
from training.data import find_corpus, load_corpus, read_text
from training.data_recipes.dialogue import QUOTING_CORPUS, read_conversations
from training.data_recipes.primer.corpus import primer_conversations, primer_names
from training.errors import DataError

IDENTITY = Path(__file__).parent / "data_recipes" / "identity.jsonl"
REPLAY_SHARES = {"classics.train": 0.09, "dialogue.train": 0.08, "general-zh.train": 0.03}
DIALOGUE_SHARES = {
    "primer-herbs": 0.19,
    "primer-formulas": 0.17,
    "primer-theory": 0.13,
    "primer-culture": 0.14,
    "primer-points": 0.05,
    "primer-compare": 0.06,
    "primer-daily": 0.07,
    "primer-practice": 0.10,
    "primer-follow": 0.12,
    "primer-complaints": 0.20,
    "primer-talk": 0.08,
    "identity": 0.04,
    "classics-qa": 0.02,
    "smile": 0.02,
    "other": 0.01,
}
# How often a conversation goes on with another subject; long conversations need no such help.
_JOINED = {"smile": 0.0, "other": 0.0}
_USUALLY_JOINED = 0.4
VALID_ROWS = 24
_EMPHASIS = 4


@dataclass(frozen=True, slots=True)
class Recipe:
    """Data that a fine-tuning run learns from.

    Attributes:
        train: sources of windows.
        shares: weight of each source.
        valid: what is measured.
        distilled: sources in which the model is to go on saying what it said at the start.
    """

    train: Sequence[Source]
    shares: dict[str, float]
    valid: Sequence[Measure]
    distilled: tuple[str, ...] = ()


def recipe_from_folder(
    folder: Path, codec: str, cache: Path, steps: int, reread: float = 0.2, *, stride: int = 1
) -> Recipe:
    """Mix the project's corpora: dialogues and identity, and some of the pretraining text.

    Args:
        folder: holds `dialogue.*.jsonl`, `classics.*.txt` and `general-zh.*.txt`.
        codec: the model's text codec.
        cache: folder for encoded plain text.
        steps: of a validation window.
        reread: share of the pretraining text, from 0 to 1.
        stride: bytes of one step.

    Raises:
        DataError: a corpus is missing, or no such share can be.
    """
    if not 0.0 <= reread < 1.0:
        raise DataError(f"the share of old text is {reread}; it must be from 0 to below 1")
    by_kind = _conversations_by_kind(find_corpus(folder, "dialogue.train"), _EMPHASIS)
    by_kind["identity"] = [turns for _, turns in read_dialogues(IDENTITY)]
    by_kind.update(primer_conversations())
    dialogues = [
        ConversationCorpus(kind, turns, codec, joined=_JOINED.get(kind, _USUALLY_JOINED))
        for kind, turns in by_kind.items()
    ]
    replay = [load_corpus(find_corpus(folder, name), codec, cache) for name in REPLAY_SHARES]
    answers = _conversations_by_kind(find_corpus(folder, "dialogue.valid"))
    valid = [load_corpus(find_corpus(folder, "classics.valid"), codec, cache)]
    return Recipe(
        train=[*replay, *dialogues],
        shares=_scaled(REPLAY_SHARES, reread) | _scaled(DIALOGUE_SHARES, 1.0 - reread),
        valid=[
            *(measure_corpus(corpus, VALID_ROWS, steps, stride) for corpus in valid),
            *(
                measure_answers(ConversationCorpus(kind, answers[kind], codec), 48, steps, stride)
                for kind in ("classics-qa", "smile")
                if answers.get(kind)
            ),
        ],
    )


def _scaled(shares: Mapping[str, float], total: float) -> dict[str, float]:
    """Return the same proportions, `total` together."""
    whole = sum(shares.values())
    return {name: share / whole * total for name, share in shares.items()}


def read_dialogues(path: Path, emphasis: int = 1) -> list[tuple[str, Turns]]:
    """Read the (source, turns) of a `.jsonl` file, cleaned.

    Raises:
        DataError: the file is missing or holds no conversation.
    """
    lines = read_text(path).split("\n")
    found: list[tuple[str, Turns]] = list(read_conversations(lines, str(path), emphasis=emphasis))
    if not found:
        raise DataError(f"{path} holds no conversation")
    return found


def _conversations_by_kind(path: Path, emphasis: int = 1) -> dict[str, list[Turns]]:
    """Sort conversations by corpus; what the primer tells in its own words is left to it."""
    kinds: dict[str, list[Turns]] = {}
    told = primer_names() if emphasis > 1 else frozenset()
    for source, turns in read_dialogues(path, emphasis):
        kind, *path_of_source = source.split("/")
        if kind == QUOTING_CORPUS and told.intersection(path_of_source):
            continue
        kinds.setdefault(kind if kind in DIALOGUE_SHARES else "other", []).append(turns)
    return kinds
