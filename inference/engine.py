"""The engine: opens a model, takes prompts from any thread, and gives their continuations.

Continuous batching: sequences join and leave between steps, as the backend's scheduler decides. The
KV cache of a finished sequence stays as a prefix cache for prompts that begin alike.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.automaton import Automaton
from inference.backends.base import Backend, Coder, Finish, Handle, Scorer
from inference.backends.echo import EchoBackend, echo_checkpoint
from inference.backends.select import open_backend
from inference.compression.memory import Memory
from inference.config import EngineConfig
from inference.errors import ConfigError, PromptError, ResultTimeout
from inference.model.checkpoint import Checkpoint
from inference.sampling import SamplingConfig
from inference.sliding_scorer import SlidingScorer
from inference.text import CharacterCutter

__all__ = ["Completion", "Engine", "EngineConfig", "EngineStats", "SamplingConfig", "Sequence"]


@dataclass(frozen=True, slots=True)
class Completion:
    """A finished continuation.

    Attributes:
        data: whole characters in the model's codec, without END.
        text: the same, decoded.
        finish: `end` of turn, `length`, `deadline` or `cancelled`.
        prompt_bytes: length of the prompt.
        prefill_s: seconds of reading the prompt.
        decode_s: seconds of making the bytes.
        nll_bits: minus log2 of the probability of all that was drawn; the more a character,
            the more of it the model made up.
    """

    data: bytes
    text: str
    finish: Finish
    prompt_bytes: int
    prefill_s: float
    decode_s: float
    nll_bits: float

    @property
    def bits_per_character(self) -> float:
        """Surprise of a character, END counted as one."""
        return self.nll_bits / (len(self.text) + 1)


@dataclass(frozen=True, slots=True)
class EngineStats:
    """Description and counts of an engine; the counts are those of `BackendStats`."""

    backend: str
    model: str
    version: str
    submitted: int
    finished: int
    running: int
    waiting: int
    prompt_bytes: int
    shared_bytes: int
    kept: int
    generated_bytes: int


class Sequence:
    """One prompt's continuation, under way or finished."""

    def __init__(self, handle: Handle, automaton: Automaton, prompt_bytes: int) -> None:
        self._handle = handle
        self._automaton = automaton
        self._prompt_bytes = prompt_bytes

    def result(self, timeout_s: float | None = None) -> Completion:
        """Wait for the end; may be called again, and from several threads.

        Raises:
            ResultTimeout: it runs on after `timeout_s` seconds.
            KernelError: the model came to something that is not a number.
            EngineClosed: the engine was closed meanwhile.
        """
        self._handle.wait(sys.maxsize, timeout_s)
        progress = self._handle.wait(0, 0)
        if progress.finish is None:
            raise ResultTimeout(f"the sequence still runs after {timeout_s} s")
        data = CharacterCutter(self._automaton).feed(progress.data)
        return Completion(
            data=data,
            text=data.decode(self._automaton.codec),
            finish=progress.finish,
            prompt_bytes=self._prompt_bytes,
            prefill_s=progress.prefill_s,
            decode_s=progress.decode_s,
            nll_bits=progress.nll_bits,
        )

    def stream(self) -> Iterator[bytes]:
        """Yield whole characters as they come; raises as `result` does."""
        cutter, have = CharacterCutter(self._automaton), 0
        while True:
            progress = self._handle.wait(have, None)
            have += len(progress.data)
            whole = cutter.feed(progress.data)
            if whole:
                yield whole
            if progress.finish is not None:
                return

    def cancel(self) -> None:
        """Stop at the next byte; what there is stays."""
        self._handle.cancel()

    def discard(self) -> None:
        """Say that no further turn goes on from this one, as of a draft that is not shown."""
        self._handle.discard()


class Engine:
    """A model that answers; every method may be called from any thread."""

    def __init__(self, checkpoint: Checkpoint, backend: Backend) -> None:
        """Take over an opened backend; `open` does it all."""
        self.checkpoint = checkpoint
        self._backend = backend
        self._automaton = Automaton.for_codec(checkpoint.codec)

    @classmethod
    def open(cls, path: Path, config: EngineConfig | None = None) -> Engine:
        """Load a model folder and start its backend.

        Raises:
            CheckpointError: the folder cannot be used; the sentence names file and field.
            BackendError: the backend, or its library, is not there.
        """
        config = config or EngineConfig()
        if config.backend == "echo":
            return cls(echo_checkpoint(path), EchoBackend.open())
        checkpoint = Checkpoint.load(path)
        return cls(checkpoint, open_backend(checkpoint, config))

    @property
    def backend(self) -> str:
        """Name of the backend at work."""
        return self._backend.name

    def submit(
        self,
        prompt: bytes,
        sampling: SamplingConfig | None = None,
        *,
        deadline_s: float | None = None,
    ) -> Sequence:
        """Begin to continue a prompt; returns at once.

        Args:
            prompt: at least one byte, whole characters in the model's codec.
            sampling: how to choose bytes.
            deadline_s: seconds from now after which the sequence ends with what it has.

        Raises:
            PromptError: the prompt is empty.
            EngineClosed: the engine is closed.
        """
        if not prompt:
            raise PromptError("the prompt is empty; give at least one byte")
        sampling = sampling or SamplingConfig()
        handle = self._backend.submit(prompt, sampling, self._automaton, deadline_s)
        return Sequence(handle, self._automaton, len(prompt))

    def score(self, data: bytes) -> NDArray[np.float32]:
        """Return (N,) log2 probability of each byte given those before; the first gets -8.

        Beyond the context see `renewing.py`: at least half a context counts.
        """
        scorer = self.scorer()
        try:
            return scorer.feed(data)
        finally:
            scorer.close()

    def logits(self, data: bytes) -> NDArray[np.float32]:
        """Return (N, 256) logits of the byte that follows each, from the empty context on.

        Raises:
            BackendError: the backend has no model.
        """
        return self._backend.logits(data)

    def scorer(self) -> Scorer:
        """Start to score a text that comes in parts."""
        card = self.checkpoint.config
        return SlidingScorer(self._backend.scorer, card.context, card.step_bytes)

    def coder(self, *, mixed: bool = True, memory: Memory | None = None) -> Coder:
        """Start to compress or decompress a text; `compression/` makes files of it.

        Args:
            mixed: whether to mix the model's probabilities with counts of the text so far.
            memory: counts of a training text, mixed in, too.

        Raises:
            BackendError: the backend has no model to compress with.
            CompressionError: the memory is of another codec than the model.
            ConfigError: a memory without `mixed`.
        """
        if memory is not None:
            memory.require_codec(self.checkpoint.codec)
            if not mixed:
                raise ConfigError("a memory is only mixed in; --mode alone has none")
        return self._backend.coder(mixed=mixed, memory=memory)

    def clear_prefix_cache(self) -> None:
        """Empty the prefix cache; the next prompts are read from their first byte."""
        self._backend.clear_prefix_cache()

    def stats(self) -> EngineStats:
        """Return what the engine is and has done."""
        counts = self._backend.stats()
        return EngineStats(
            backend=self.backend,
            model=self.checkpoint.name,
            version=self.checkpoint.version,
            submitted=counts.submitted,
            finished=counts.finished,
            running=counts.running,
            waiting=counts.waiting,
            prompt_bytes=counts.prompt_bytes,
            shared_bytes=counts.shared_bytes,
            kept=counts.kept,
            generated_bytes=counts.generated_bytes,
        )

    def close(self) -> None:
        """Stop; sequences under way raise EngineClosed. A second call does nothing."""
        self._backend.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
