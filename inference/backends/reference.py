"""The NumPy backend: float32, one byte at a time, right before fast."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from inference.automaton import FINISHED, FORBIDDEN, START, Automaton
from inference.backends.base import BackendStats, Finish
from inference.backends.handle import BufferedHandle
from inference.compression.coder import PlainCoder
from inference.compression.memory import Memory
from inference.compression.predictor import ReferencePredictor
from inference.config import EngineConfig
from inference.errors import EngineClosed
from inference.model.checkpoint import Checkpoint
from inference.reference.sampler import Sampler
from inference.reference.wygpt import CHUNK, Wygpt, log2_softmax
from inference.reference.wygpt_pair import float_model
from inference.sampling import SamplingConfig

logger = logging.getLogger(__name__)


class ReferenceBackend:
    """Decodes up to `max_batch` sequences in turn on one thread, a byte of each at a time.

    Each sequence goes through the model alone, so its bytes do not depend on the others.
    """

    name = "reference"

    def __init__(
        self, model: Wygpt, max_batch: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._model = model
        self._max_batch = max_batch
        self._clock = clock
        self._work = threading.Condition()
        self._waiting: deque[_Decoding] = deque()
        self._running: list[_Decoding] = []
        self._closed = False
        self._counts = {"submitted": 0, "finished": 0, "prompt_bytes": 0, "generated_bytes": 0}
        self._thread = threading.Thread(target=self._run, name="inference-reference", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, checkpoint: Checkpoint, config: EngineConfig) -> ReferenceBackend:
        """Prepare the model and start the thread."""
        return cls(float_model(checkpoint), config.max_batch)

    def submit(
        self,
        prompt: bytes,
        sampling: SamplingConfig,
        automaton: Automaton,
        deadline_s: float | None,
    ) -> BufferedHandle:
        """Queue a sequence; see `base.Backend`."""
        until = math.inf if deadline_s is None else self._clock() + deadline_s
        decoding = _Decoding(
            self._model, prompt, sampling, automaton, until=until, clock=self._clock
        )
        with self._work:
            self._refuse_when_closed()
            self._waiting.append(decoding)
            self._counts["submitted"] += 1
            self._counts["prompt_bytes"] += len(prompt)
            self._work.notify_all()
        return decoding.handle

    def scorer(self) -> ReferenceScorer:
        """Start reading a new text."""
        with self._work:
            self._refuse_when_closed()
        return ReferenceScorer(self._model)

    def logits(self, data: bytes) -> NDArray[np.float32]:
        """Return (N, 256) logits; see `base.Backend`."""
        return np.asarray(self._model.extend(self._model.new_ring(), data), np.float32)

    def coder(self, *, mixed: bool, memory: Memory | None = None) -> PlainCoder:
        """Start compressing or decompressing a text."""
        with self._work:
            self._refuse_when_closed()
        return PlainCoder(
            ReferencePredictor(self._model),
            mixed=mixed,
            memory=memory,
            step_bytes=self._model.card.step_bytes,
        )

    def clear_prefix_cache(self) -> None:
        """Nothing to do: finished sequences leave nothing."""

    def stats(self) -> BackendStats:
        """Return the counts."""
        with self._work:
            return BackendStats(
                running=len(self._running), waiting=len(self._waiting), **self._counts
            )

    def close(self) -> None:
        """Stop the thread; what runs or waits fails with EngineClosed."""
        with self._work:
            self._closed = True
            self._work.notify_all()
        self._thread.join()

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise EngineClosed("the engine is closed; open a new one")

    def _run(self) -> None:
        while self._admit():
            for decoding in list(self._running):
                self._step(decoding)
            self._end_waiting()
        with self._work:
            left = [*self._running, *self._waiting]
            self._running.clear()
            self._waiting.clear()
        for decoding in left:
            decoding.handle.fail(EngineClosed("the engine was closed before the reply was done"))

    def _admit(self) -> bool:
        """Fill free slots, waiting for work when there is none; False when closed."""
        with self._work:
            self._work.wait_for(lambda: self._closed or self._waiting or self._running)
            while self._waiting and len(self._running) < self._max_batch:
                self._running.append(self._waiting.popleft())
            return not self._closed

    def _end_waiting(self) -> None:
        """Finish what was cancelled, or came to its deadline, before it got a slot."""
        with self._work:
            over = [(d, reason) for d in self._waiting if (reason := d.over()) is not None]
            for decoding, _ in over:
                self._waiting.remove(decoding)
                self._counts["finished"] += 1
        for decoding, reason in over:
            decoding.handle.finish(reason)

    def _step(self, decoding: _Decoding) -> None:
        try:
            made, finish = decoding.step()
        except Exception as error:
            # Whoever waits for the sequence gets it; the others go on.
            logger.exception("sequence_failed")
            self._drop(decoding, 0)
            decoding.handle.fail(error)
            return
        if finish is None:
            with self._work:
                self._counts["generated_bytes"] += made
            return
        self._drop(decoding, made)
        decoding.handle.finish(finish)

    def _drop(self, decoding: _Decoding, made: int) -> None:
        with self._work:
            self._running.remove(decoding)
            self._counts["finished"] += 1
            self._counts["generated_bytes"] += made


class ReferenceScorer:
    """Reads a text in the float32 model."""

    def __init__(self, model: Wygpt) -> None:
        self._model = model
        self._ring = model.new_ring()
        self._next: NDArray[np.float64] = np.full(256, -8.0)

    def feed(self, data: bytes) -> NDArray[np.float32]:
        """Return (N,) log2 probability of each byte, given everything before it."""
        found = np.empty(len(data), np.float32)
        for begin, part in _chunks(data):
            logs = log2_softmax(self._model.extend(self._ring, part))
            rows = np.concatenate((self._next[None], logs[:-1]))
            chosen = np.frombuffer(part, np.uint8)
            found[begin : begin + len(part)] = rows[np.arange(len(part)), chosen]
            self._next = logs[-1]
        return found

    def close(self) -> None:
        """Nothing to give back: the context goes with the object."""


class _Decoding:
    """One sequence between its prompt and its finish; touched by the thread alone."""

    def __init__(
        self,
        model: Wygpt,
        prompt: bytes,
        sampling: SamplingConfig,
        automaton: Automaton,
        *,
        until: float,
        clock: Callable[[], float],
    ) -> None:
        self.handle = BufferedHandle(clock)
        self._model, self._ring = model, model.new_ring()
        self._parts = _chunks(prompt)
        self._left = len(prompt)
        self._sampler = Sampler(sampling)
        self._sampler.feed(prompt)
        self._next, self._state = automaton.next, START
        self._max_bytes, self._made = sampling.max_bytes, 0
        self._until, self._clock = until, clock
        self._logits: NDArray[np.float32] | None = None

    def over(self) -> Finish | None:
        """Return why it must stop now, if it must."""
        if self.handle.cancelled:
            return "cancelled"
        return "deadline" if self._clock() >= self._until else None

    def step(self) -> tuple[int, Finish | None]:
        """Read one part of the prompt, or make one byte; returns bytes made, and a finish."""
        if self._logits is None and self._made == 0:
            self.handle.begin()
        if (reason := self.over()) is not None:
            return 0, reason
        if self._left:
            _, part = next(self._parts)
            self._logits = self._model.prefill(self._ring, part)
            self._left -= len(part)
            return 0, None
        return 1, self._decode()

    def _decode(self) -> Finish | None:
        assert self._logits is not None
        allowed = self._next[self._state] != FORBIDDEN
        byte = self._sampler.pick(self._logits, allowed)
        data = bytes((byte,))
        self._state = int(self._next[self._state, byte])
        self._made += 1
        self.handle.append(data, self._sampler.nll_bits)
        if self._state == FINISHED:
            return "end"
        if self._state == START and self._made >= self._max_bytes:
            return "length"
        self._sampler.feed(data)
        self._logits = self._model.prefill(self._ring, data)
        return None


def _chunks(data: bytes) -> Iterator[tuple[int, bytes]]:
    for begin in range(0, len(data), CHUNK):
        yield begin, data[begin : begin + CHUNK]
