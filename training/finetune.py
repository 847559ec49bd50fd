"""Fine-tuning: from a trained model to one that answers, on dialogues with some of the old text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.conversations import ConversationCorpus, Turns, measure_answers
from training.data import (
    Corpus,
    encode_corpus,
    find_corpus,
    load_corpus,
    read_text,
    split_documents,
)
from training.dialogue import read_conversations
from training.errors import DataError
from training.windows import Measure, Source, measure_corpus

IDENTITY = Path(__file__).parent / "identity.jsonl"
REPLAY_SHARES = {"classics.train": 0.15, "general-zh.train": 0.05}
DIALOGUE_SHARES = {"classics-qa": 0.54, "smile": 0.108, "other": 0.072, "identity": 0.08}
# How often a conversation goes on with another subject; long conversations need no such help.
_JOINED = {"classics-qa": 0.3, "identity": 0.5}
_VALID_ROWS = 24
_EMPHASIS = 4


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a fine-tuning run learns from.

    Attributes:
        train: sources of windows.
        shares: weight of each source.
        valid: what is measured.
    """

    train: Sequence[Source]
    shares: dict[str, float]
    valid: Sequence[Measure]


def recipe_from_folder(folder: Path, codec: str, cache: Path, length: int) -> Recipe:
    """Mix the project's corpora: 80 % dialogues and identity, 20 % of the pretraining text.

    Args:
        folder: holds `dialogue.*.jsonl`, `classics.*.txt` and `general-zh.*.txt`.
        codec: the model's text codec.
        cache: folder for encoded plain text.
        length: bytes of a validation window.

    Raises:
        DataError: a corpus is missing.
    """
    by_kind = _conversations_by_kind(find_corpus(folder, "dialogue.train"), _EMPHASIS)
    by_kind["identity"] = [turns for _, turns in _read(IDENTITY)]
    dialogues = [
        ConversationCorpus(kind, turns, codec, joined=_JOINED.get(kind, 0.0))
        for kind, turns in by_kind.items()
    ]
    replay = [load_corpus(find_corpus(folder, name), codec, cache) for name in REPLAY_SHARES]
    answers = _conversations_by_kind(find_corpus(folder, "dialogue.valid"))
    valid = [load_corpus(find_corpus(folder, "classics.valid"), codec, cache)]
    return Recipe(
        train=[*replay, *dialogues],
        shares=REPLAY_SHARES | DIALOGUE_SHARES,
        valid=[
            *(measure_corpus(corpus, _VALID_ROWS, length) for corpus in valid),
            *(
                measure_answers(ConversationCorpus(kind, answers[kind], codec), 48, length)
                for kind in ("classics-qa", "smile")
                if answers.get(kind)
            ),
        ],
    )


def recipe_from_file(
    path: Path, codec: str, length: int, replay: Path | None, cache: Path
) -> Recipe:
    """Learn from one file of one's own: `.jsonl` conversations or plain text.

    One of fifty documents is held out to measure on; of fewer, none is, and the measure is of the
    training text itself.

    Args:
        path: the file.
        codec: the model's text codec.
        length: bytes of a validation window.
        replay: folder of the pretraining corpora, mixed in with a share of 20 %; or None.
        cache: folder for encoded plain text.

    Raises:
        DataError: the file is missing, malformed or empty.
    """
    own, measure = _own_source(path, codec, length)
    old: list[Corpus] = []
    if replay is not None:
        old = [load_corpus(find_corpus(replay, name), codec, cache) for name in REPLAY_SHARES]
    shares = {own.name: 1.0 - sum(REPLAY_SHARES.values())} | {
        c.name: REPLAY_SHARES[c.name] for c in old
    }
    return Recipe(train=[own, *old], shares=shares, valid=[measure])


def _own_source(path: Path, codec: str, length: int) -> tuple[Source, Measure]:
    if ".jsonl" in path.name:
        turns = [turns for _, turns in _read(path)]
        conversations = ConversationCorpus("own", turns, codec)
        held_out = ConversationCorpus("own", turns[::50], codec) if len(turns) >= 50 else None
        if held_out:
            kept = [one for at, one in enumerate(turns) if at % 50]
            conversations = ConversationCorpus("own", kept, codec)
        return conversations, measure_answers(held_out or conversations, 48, length)
    documents = split_documents(read_text(path))
    valid = documents[::50] if len(documents) >= 50 else documents
    kept_documents = [one for at, one in enumerate(documents) if at % 50 or len(documents) < 50]
    own = encode_corpus("own", kept_documents, codec)
    return own, measure_corpus(encode_corpus("own", valid, codec), _VALID_ROWS, length)


def _read(path: Path, emphasis: int = 1) -> list[tuple[str, Turns]]:
    lines = (line for line in read_text(path).split("\n") if line.strip())
    found: list[tuple[str, Turns]] = list(read_conversations(lines, str(path), emphasis=emphasis))
    if not found:
        raise DataError(f"{path} holds no conversation")
    return found


def _conversations_by_kind(path: Path, emphasis: int = 1) -> dict[str, list[Turns]]:
    kinds: dict[str, list[Turns]] = {}
    for source, turns in _read(path, emphasis):
        kind = source.split("/", 1)[0]
        kinds.setdefault(kind if kind in DIALOGUE_SHARES else "other", []).append(turns)
    return kinds
