"""The chat format: how a conversation becomes the text that the model reads.

The only place that knows it; training builds its dialogues with the same functions. Written as
characters, not bytes, so that every text codec encodes it in its own way.

    <USER> question <ASSISTANT> answer <END> <USER> question <ASSISTANT> answer <END> ...

A model whose card says `evidence` reads what a question is to be answered from right before it:

    ... <EVIDENCE> piece <EVIDENCE> piece <USER> question <ASSISTANT> answer <END>

The pieces of earlier turns are left out: their answers tell what mattered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

USER = "\x02"
ASSISTANT = "\x03"
END = "\x04"
EVIDENCE = "\x05"
DOCUMENT = "\x1c"

_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_TYPED = re.compile("(?<=[\u4e00-\u9fff])[,?!:;]+")
_PRINTED = str.maketrans(",?!:;", "，？！：；")
_SENTENCE_ENDS = "。！？!?\n"


def clean(text: str) -> str:
    """Remove control characters (all but the newline), so that no text can forge a turn."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def clean_question(text: str) -> str:
    """Clean what a user typed, and set it as Chinese is printed: `好吗?` is `好吗？`.

    A comma, colon or mark of a Western keyboard that follows a Chinese character becomes the
    Chinese one; a model that learnt from print knows no other.
    """
    return _TYPED.sub(lambda found: found[0].translate(_PRINTED), clean(text))


def render_turn(user: str, assistant: str) -> str:
    """Return one finished turn."""
    return f"{USER}{clean_question(user)}{ASSISTANT}{clean(assistant)}{END}"


def render_conversation(turns: Iterable[tuple[str, str]]) -> str:
    """Return a finished conversation: (user, assistant) pairs in order."""
    return "".join(render_turn(user, assistant) for user, assistant in turns)


def render_question(user: str) -> str:
    """Return the open turn that the model is to complete."""
    return f"{USER}{clean_question(user)}{ASSISTANT}"


def render_evidence(pieces: Iterable[str]) -> str:
    """Return pieces of evidence as they stand before a question; empty ones are none."""
    return "".join(f"{EVIDENCE}{text}" for text in map(clean, pieces) if text)


def build_prompt(
    history: Sequence[tuple[str, str]],
    user: str,
    *,
    codec: str,
    budget_bytes: int,
    evidence: Sequence[str] = (),
) -> bytes:
    """Encode the open question, the evidence, and the newest turns that still fit.

    Args:
        history: finished (user, assistant) turns, oldest first; dropped whole from the old end.
        user: the new question. Where it alone is too long its end is kept.
        codec: the checkpoint's text codec.
        budget_bytes: at most this many bytes come back; at least 16.
        evidence: what to answer from, the best piece first; for a model whose card says
            `evidence`. A piece that does not fit ends at its last sentence that does, and those
            behind it are dropped.

    Raises:
        ValueError: `budget_bytes` is below 16.
    """
    if budget_bytes < 16:
        raise ValueError(f"budget_bytes is {budget_bytes}; a prompt needs at least 16")
    question = encode(render_question(user), codec)
    if len(question) > budget_bytes:
        return encode(_fit_question(user, codec, budget_bytes), codec)
    pieces = encode(_fit_evidence(evidence, codec, budget_bytes - len(question)), codec)
    parts = [question, pieces]
    left = budget_bytes - len(question) - len(pieces)
    for past_user, past_assistant in reversed(history):
        turn = encode(render_turn(past_user, past_assistant), codec)
        if len(turn) > left:
            break
        parts.append(turn)
        left -= len(turn)
    return b"".join(reversed(parts))


def encode(text: str, codec: str) -> bytes:
    """Encode text; characters that the codec cannot hold (lone surrogates) become U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode(codec)


def _fit_evidence(pieces: Iterable[str], codec: str, budget_bytes: int) -> str:
    """Return the first pieces that fit, the last of them perhaps cut where a sentence ends."""
    fitting = ""
    for piece in map(clean, pieces):
        longest = _cut_to(piece, codec, budget_bytes - len(encode(fitting + EVIDENCE, codec)))
        fitting += render_evidence([longest])
        if longest != piece:
            break
    return fitting


def _cut_to(text: str, codec: str, budget_bytes: int) -> str:
    """Return the whole sentences at the beginning of a text that fit; "" where none does."""
    while text and len(encode(text, codec)) > budget_bytes:
        text = text[:-1]
        text = text[: 1 + max(text.rfind(mark) for mark in _SENTENCE_ENDS)]
    return text.strip()


def _fit_question(user: str, codec: str, budget_bytes: int) -> str:
    text = clean(user)
    while text and len(encode(render_question(text), codec)) > budget_bytes:
        spare = len(encode(render_question(text), codec)) - budget_bytes
        text = text[max(1, spare // 4) :]
    return render_question(text)
