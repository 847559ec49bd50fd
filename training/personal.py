"""A personal model: what to learn from one file of one's own, and how not to forget.

Beside the new text the model reads text that it wrote itself before the first step, and in that
text it is to go on expecting what it expected then. So the old knowledge stays, without the
corpora that it came from. Sources: learning without forgetting (Li and Hoiem 2016,
arXiv:1606.09282); generative replay (Shin et al. 2017, arXiv:1705.08690).
"""

from __future__ import annotations

import math
from pathlib import Path

from inference.config import EngineConfig
from inference.engine import Engine
from inference.prompt import DOCUMENT, build_prompt, encode, render_turn
from inference.sampling import SamplingConfig
from training.batches import Measure, Source, measure_corpus
from training.conversations import ConversationCorpus, measure_answers
from training.data import (
    Corpus,
    encode_corpus,
    find_corpus,
    load_corpus,
    read_text,
    split_documents,
)
from training.evaluation.prompts import read_prompts
from training.finetune import IDENTITY, REPLAY_SHARES, VALID_ROWS, Recipe, read_dialogues

MEMORY = "memory"
MEMORY_SHARE = 0.4
"""Share of the windows that are the model's own text."""

_DOCUMENTS = 96
_HELD_OUT = 50
_PASSES = 6
_LEAST_BYTES, _MOST_BYTES = 200_000, 2_000_000


def personal_recipe(
    path: Path,
    model: Path,
    codec: str,
    steps: int,
    *,
    replay: Path | None,
    cache: Path,
    seed: int,
    stride: int = 1,
) -> Recipe:
    """Learn from one file of one's own: `.jsonl` conversations or plain text.

    One of fifty documents is held out to measure on; of fewer, none is, and the measure is of the
    training text itself.

    Args:
        path: the file.
        model: folder of the model to start from.
        codec: its text codec.
        steps: of a validation window.
        replay: folder of the pretraining corpora, to reread instead of the model's own text, and
            to measure what is forgotten; or None.
        cache: folder for encoded plain text.
        seed: of the model's own text.
        stride: bytes of one step.

    Raises:
        DataError: the file is missing, malformed or empty.
        EngineError: the model cannot be opened.
    """
    own, measure = own_source(path, codec, steps, stride)
    if replay is None:
        old: list[Corpus] = [write_memory(model, codec, seed)]
        shares = {MEMORY: MEMORY_SHARE}
        measured = old[0]
    else:
        old = [load_corpus(find_corpus(replay, name), codec, cache) for name in REPLAY_SHARES]
        total = sum(REPLAY_SHARES.values())
        shares = {name: MEMORY_SHARE * share / total for name, share in REPLAY_SHARES.items()}
        measured = load_corpus(find_corpus(replay, "classics.valid"), codec, cache)
    distilled = tuple(shares)
    shares[own.name] = 1.0 - MEMORY_SHARE
    valid = [measure, measure_corpus(measured, VALID_ROWS, steps, stride)]
    return Recipe([own, *old], shares, valid, distilled)


def own_source(path: Path, codec: str, steps: int, stride: int = 1) -> tuple[Source, Measure]:
    """Read a person's own file and set some of it apart to measure on.

    Raises:
        DataError: the file is missing, malformed or empty.
    """
    if ".jsonl" in path.name:
        turns = [turns for _, turns in read_dialogues(path)]
        kept = [one for at, one in enumerate(turns) if at % _HELD_OUT or len(turns) < _HELD_OUT]
        apart = turns[::_HELD_OUT] if len(turns) >= _HELD_OUT else turns
        measured = measure_answers(ConversationCorpus("own", apart, codec), 48, steps, stride)
        return ConversationCorpus("own", kept, codec), measured
    documents = split_documents(read_text(path))
    few = len(documents) < _HELD_OUT
    apart_text = documents if few else documents[::_HELD_OUT]
    kept_text = [one for at, one in enumerate(documents) if at % _HELD_OUT or few]
    own = encode_corpus("own", kept_text, codec)
    measured_text = encode_corpus("own", apart_text, codec)
    return own, measure_corpus(measured_text, VALID_ROWS, steps, stride)


def default_bytes(path: Path) -> int:
    """Return how many bytes to train on: some passes over the file, within minutes of a CPU."""
    seen = math.ceil(_PASSES * path.stat().st_size / (1.0 - MEMORY_SHARE))
    return min(_MOST_BYTES, max(_LEAST_BYTES, seen))


def write_memory(model: Path, codec: str, seed: int) -> Corpus:
    """Let the model write: documents, and answers to questions, drawn without any cut.

    Raises:
        EngineError: the model cannot be opened.
    """
    questions = [turns[0][0] for _, turns in read_dialogues(IDENTITY)] + [
        one.turns[0] for one in read_prompts()
    ]
    with Engine.open(model, EngineConfig()) as engine:
        room = engine.checkpoint.config.context_bytes
        starts = [encode(DOCUMENT, codec)] * _DOCUMENTS
        starts += [build_prompt((), asked, codec=codec, budget_bytes=room) for asked in questions]
        sequences = [
            engine.submit(
                start,
                SamplingConfig(
                    top_e=math.inf, max_bytes=max(1, room - len(start)), seed=seed * 10_000 + at
                ),
            )
            for at, start in enumerate(starts)
        ]
        texts = [sequence.result().text for sequence in sequences]
    answers = zip(questions, texts[_DOCUMENTS:], strict=True)
    written = [*texts[:_DOCUMENTS], *(render_turn(asked, answer) for asked, answer in answers)]
    return encode_corpus(MEMORY, written, codec)
