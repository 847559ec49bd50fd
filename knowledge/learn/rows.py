"""The encoder's rows, learned from notes by softmax over all of them.

Loss of a batch: question -> its note among all notes; question <-> its note's answer within the
batch; answer -> note. Cosines are divided by 0.1. Two thirds of the pieces are left out at each
sight: that is what makes it find wordings that it has not read. A fifth of the sights show the
characters alone, a fifth the sounds alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from knowledge.encoder import Encoder, note_key
from knowledge.features import BUCKETS, sound_pieces, written_pieces
from knowledge.notes import Note

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bag = tuple[Ints, Ints]

WIDTH, BATCH, EPOCHS = 96, 512, 10
_TEMPERATURE, _RATE, _DROPPED, _ONE_SIDED = 0.1, 0.02, 0.65, 0.4
_SPREAD = 0.1


class _Rows:
    """Rows of pieces, and Adam over those that a step touches."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.values = (rng.standard_normal((BUCKETS, WIDTH)) * _SPREAD).astype(np.float32)
        self.touched = np.zeros(BUCKETS, np.bool_)
        self._mean, self._square = np.zeros_like(self.values), np.zeros_like(self.values)

    def step(self, flat: Ints, slopes: Floats, owners: Ints, rate: float, number: int) -> None:
        order = np.argsort(flat, kind="stable")
        starts = np.flatnonzero(np.diff(flat[order], prepend=-1))
        ids = flat[order][starts]
        slope = np.add.reduceat(slopes[owners[order]], starts)
        mean = self._mean[ids] = 0.9 * self._mean[ids] + 0.1 * slope
        square = self._square[ids] = 0.999 * self._square[ids] + 0.001 * slope * slope
        step = rate * np.sqrt(1 - 0.999**number) / (1 - 0.9**number)
        self.values[ids] -= (step * mean / (np.sqrt(square) + 1e-8)).astype(np.float32)
        self.touched[ids] = True


class _Sums:
    """Unit sums of the rows of some bags, with what the way back needs."""

    def __init__(self, bags: Sequence[Bag], rows: _Rows, rng: np.random.Generator) -> None:
        views = [_view(bag, rng) for bag in bags]
        sizes = np.array([len(one) for one in views])
        flat = np.concatenate(views)
        kept = rng.random(len(flat)) > _DROPPED
        kept[np.cumsum(sizes) - 1] |= ~np.logical_or.reduceat(kept, np.cumsum(sizes) - sizes)
        owners = np.repeat(np.arange(len(bags)), sizes)[kept]
        self.flat, self.owners = flat[kept], owners
        total = np.add.reduceat(
            rows.values[self.flat], np.searchsorted(owners, np.arange(len(bags)))
        )
        self._norms = np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-6)
        self.units: Floats = (total / self._norms).astype(np.float32)

    def back(self, slope: Floats) -> Floats:
        """Return the slope of the sums, given that of the unit vectors."""
        along = (slope * self.units).sum(1, keepdims=True)
        return np.asarray((slope - self.units * along) / self._norms, np.float32)


class _Parts(TypedDict):
    """Arrays that a step changes or draws from."""

    rows: _Rows
    centres: _Centres
    rng: np.random.Generator


def learn_rows(
    notes: Sequence[Note],
    *,
    epochs: int = EPOCHS,
    seed: int = 1,
    say: Callable[[str], None] = print,
) -> Encoder:
    """Return an encoder learned from notes; two minutes of one processor for 2,500 notes."""
    rng = np.random.default_rng(seed)
    texts = [(text, at) for at, note in enumerate(notes) for text in _asked(note)]
    asked = [_bag(text) for text, _ in texts]
    answers = [[_bag(text) for text in note.answers] for note in notes]
    owners = np.array([at for _, at in texts])
    rows = _Rows(rng)
    centres = _Centres(len(notes), rng)
    steps = epochs * -(-len(texts) // BATCH)
    parts: _Parts = {"rows": rows, "centres": centres, "rng": rng}
    number = 0
    for epoch in range(epochs):
        loss, order = 0.0, rng.permutation(len(texts))
        for start in range(0, len(order), BATCH):
            pick = order[start : start + BATCH]
            number += 1
            rate = _RATE * (1 - (number - 1) / steps)
            gold = owners[pick]
            told = [answers[at][rng.integers(len(answers[at]))] for at in gold]
            loss += _step([asked[at] for at in pick], told, gold, **parts, rate=rate, number=number)
        say(f"epoch {epoch + 1}: loss {loss / -(-len(texts) // BATCH):.3f}")
    return _packed(rows, centres, notes)


class _Centres:
    """The notes' own vectors, and Adam over all of them."""

    def __init__(self, count: int, rng: np.random.Generator) -> None:
        self.values = (rng.standard_normal((count, WIDTH)) * _SPREAD).astype(np.float32)
        self._mean, self._square = np.zeros_like(self.values), np.zeros_like(self.values)

    def units(self) -> tuple[Floats, Floats]:
        norms = np.maximum(np.linalg.norm(self.values, axis=1, keepdims=True), 1e-6)
        return (self.values / norms).astype(np.float32), norms.astype(np.float32)

    def step(self, slope: Floats, rate: float, number: int) -> None:
        units, norms = self.units()
        slope = (slope - units * (slope * units).sum(1, keepdims=True)) / norms
        self._mean = 0.9 * self._mean + 0.1 * slope
        self._square = 0.999 * self._square + 0.001 * slope * slope
        step = rate * np.sqrt(1 - 0.999**number) / (1 - 0.9**number)
        self.values -= (step * self._mean / (np.sqrt(self._square) + 1e-8)).astype(np.float32)


def _step(
    asked: Sequence[Bag],
    told: Sequence[Bag],
    gold: Ints,
    *,
    rows: _Rows,
    centres: _Centres,
    rng: np.random.Generator,
    rate: float,
    number: int,
) -> float:
    question, answer = _Sums(asked, rows, rng), _Sums(told, rows, rng)
    notes, _ = centres.units()
    places = np.arange(len(gold))
    same = gold[:, None] == gold[None, :]
    same[places, places] = False
    loss_note, by_note = _softmax(question.units @ notes.T, gold)
    loss_pair, by_pair = _softmax(np.where(same, -1e4, question.units @ answer.units.T), places)
    loss_told, by_told = _softmax(answer.units @ notes.T, gold)
    slope_question = question.back(by_note @ notes + by_pair @ answer.units)
    slope_answer = answer.back(by_pair.T @ question.units + by_told @ notes)
    centres.step(by_note.T @ question.units + by_told.T @ answer.units, rate, number)
    flat = np.concatenate([question.flat, answer.flat])
    owners = np.concatenate([question.owners, answer.owners + len(gold)])
    rows.step(flat, np.concatenate([slope_question, slope_answer]), owners, rate, number)
    return loss_note + loss_pair + loss_told


def _softmax(cosines: NDArray[np.floating], gold: Ints) -> tuple[float, Floats]:
    """Return the mean loss, and its slope by the cosines."""
    scores = (cosines / _TEMPERATURE).astype(np.float32)
    chances = np.exp(scores - scores.max(1, keepdims=True))
    chances /= chances.sum(1, keepdims=True)
    at = np.arange(len(gold))
    loss = float(-np.log(np.maximum(chances[at, gold], 1e-12)).mean())
    chances[at, gold] -= 1
    return loss, (chances / (_TEMPERATURE * len(gold))).astype(np.float32)


def _asked(note: Note) -> Sequence[str]:
    texts = [*note.questions, note.topic]
    if note.subject:
        texts = [one if note.subject in one else f"{note.subject}，{one}" for one in note.questions]
    return list(dict.fromkeys(texts))


def _bag(text: str) -> Bag:
    return np.array(written_pieces(text), np.int64), np.array(sound_pieces(text), np.int64)


def _view(bag: Bag, rng: np.random.Generator) -> Ints:
    written, heard = bag
    draw = rng.random()
    if draw < _ONE_SIDED / 2 and len(heard):
        return heard
    if draw < _ONE_SIDED and len(written):
        return written
    both = np.concatenate(bag)
    return both if len(both) else np.zeros(1, np.int64)


def _packed(rows: _Rows, centres: _Centres, notes: Sequence[Note]) -> Encoder:
    values = rows.values.copy()
    values[0] = 0
    peaks = np.abs(values).max(1)
    scales = np.where(peaks > 0, peaks / 127, 1).astype(np.float32)
    packed = np.round(values / scales[:, None]).astype(np.int8)
    units, _ = centres.units()
    learned = {note_key(note): one for note, one in zip(notes, units, strict=True)}
    return Encoder(packed, scales, learned)
