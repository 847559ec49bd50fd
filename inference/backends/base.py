"""The protocol of a backend. `engine.py` is the only caller.

A backend is opened by its class method `open(checkpoint, config)`, which raises `BackendError`
when the backend cannot run here. It decodes on threads of its own, many sequences at a time;
every method may be called from any thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from inference.automaton import Automaton
from inference.sampling import SamplingConfig

if TYPE_CHECKING:
    from inference.compression.memory import Memory

Finish = Literal["end", "length", "deadline", "cancelled"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a sequence.

    Attributes:
        data: the bytes after the first `have`. While the sequence runs they may end inside a
            character; the bytes of END may be in it or not, `engine.py` drops them.
        finish: why it is over, or None while it runs.
        prefill_s: seconds from being taken up to the first sampled byte.
        decode_s: seconds from there to now, or to the finish.
        nll_bits: minus log2 of the probability of all that was drawn, as the temperature had
            it and before the method left any byte out.
    """

    data: bytes
    finish: Finish | None
    prefill_s: float
    decode_s: float
    nll_bits: float = 0.0


@dataclass(frozen=True, slots=True)
class BackendStats:
    """Counts since the backend was opened.

    Attributes:
        submitted: sequences taken.
        finished: sequences over, for whatever reason.
        running: sequences being prefilled or decoded now.
        waiting: sequences that wait for a slot.
        prompt_bytes: bytes of prompts that were computed.
        shared_bytes: bytes of prompts that another sequence had read and that were copied.
        kept: finished sequences whose keys and values are still in memory.
        generated_bytes: bytes sampled.
    """

    submitted: int = 0
    finished: int = 0
    running: int = 0
    waiting: int = 0
    prompt_bytes: int = 0
    shared_bytes: int = 0
    kept: int = 0
    generated_bytes: int = 0


class Handle(Protocol):
    """One sequence inside a backend."""

    def wait(self, have: int, timeout_s: float | None) -> Progress:
        """Block until there are more than `have` bytes, or it is finished, or time is up.

        Args:
            have: bytes that the caller has already; `Progress.data` begins after them.
            timeout_s: longest wait; None waits for ever, 0 returns at once.

        Raises:
            KernelError: the sequence failed.
            EngineClosed: the backend was closed before it was finished.
        """

    def cancel(self) -> None:
        """Stop at the next byte; finished sequences stay as they are."""

    def discard(self) -> None:
        """Say that nothing will go on where it ends; what it has read need not be kept."""


class Scorer(Protocol):
    """Reads a text part by part, however long, and says how probable each byte was."""

    def feed(self, data: bytes) -> NDArray[np.float32]:
        """Return (N,) log2 probability of each byte of `data`, given everything fed before.

        The first byte of all has nothing before it and gets -8, one of 256.
        """

    def close(self) -> None:
        """Give the slot back; a second call does nothing."""


class Coder(Protocol):
    """Lossless compression, frame after frame: each byte by how probable it is.

    A coder either encodes or decodes. It remembers the text of the frames before; a decoder that is
    given the same frames in order knows the same.
    """

    def encode(self, data: bytes) -> bytes:
        """Append to the frame; returns the code that is ready.

        Raises:
            KernelError: the model came to something that is not a number.
        """

    def finish(self) -> bytes:
        """End the frame; returns the rest of its code."""

    def load(self, code: bytes) -> None:
        """Begin a frame whose whole code this is."""

    def decode(self, count: int) -> bytes:
        """Return the frame's next `count` bytes; arbitrary ones of a code that no encoder made."""


class Backend(Protocol):
    """A loaded model that decodes."""

    name: str

    def submit(
        self,
        prompt: bytes,
        sampling: SamplingConfig,
        automaton: Automaton,
        deadline_s: float | None,
    ) -> Handle:
        """Queue a sequence and return at once.

        It ends with `end` when the automaton comes to FINISHED; with `length` at the first
        boundary between characters at or after `max_bytes`; with `deadline` when `deadline_s`
        seconds have passed since this call; with `cancelled`.

        Args:
            prompt: at least one byte; longer than the context is fine, the ring forgets.
            sampling: how to choose bytes.
            automaton: which bytes may be chosen; it starts at START whatever the prompt is.
            deadline_s: None for no deadline.

        Raises:
            EngineClosed: the backend is closed.
        """

    def logits(self, data: bytes) -> NDArray[np.float32]:
        """Return (N, 256) logits of the byte that follows each, from the empty context on.

        Raises:
            BackendError: the backend has no model.
        """

    def scorer(self) -> Scorer:
        """Start reading a new text from the empty context."""

    def coder(self, *, mixed: bool, memory: Memory | None = None) -> Coder:
        """Start compressing or decompressing a text from the empty context.

        Args:
            mixed: whether to mix the model's probabilities with counts of the text so far.
            memory: counts of a training text, mixed in, too; only with `mixed`.

        Raises:
            BackendError: this backend has no model to compress with.
        """

    def clear_prefix_cache(self) -> None:
        """Empty the prefix cache: the KV caches of finished sequences."""

    def stats(self) -> BackendStats:
        """Return the counts."""

    def close(self) -> None:
        """Stop everything, fail what runs with EngineClosed; a second call does nothing."""
