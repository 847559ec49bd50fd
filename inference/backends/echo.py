"""An engine without a model: it answers the user's own last text, for load tests of the service."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inference.automaton import START, Automaton
from inference.backends.base import BackendStats, Coder
from inference.backends.handle import BufferedHandle
from inference.errors import BackendError, EngineClosed
from inference.model.checkpoint import Checkpoint
from inference.model.config import FORMAT, ModelConfig
from inference.prompt import ASSISTANT, USER
from inference.sampling import SamplingConfig

if TYPE_CHECKING:
    from inference.compression.memory import Memory

logger = logging.getLogger(__name__)

_CARD = ModelConfig(
    format=FORMAT,
    family="echo",
    codec="utf-8",
    context=4096,
    width=0,
    layers=0,
    heads=0,
    parameters=0,
    corpora=(),
    bytes_seen=0,
    valid={},
    licence="Apache-2.0",
    sha256="0" * 64,
    name="echo",
    version="0",
)


def echo_checkpoint(path: Path) -> Checkpoint:
    """Return what stands for a model: nothing of the folder is read."""
    return Checkpoint(path, _CARD, {})


class EchoBackend:
    """Answers at once, without a thread."""

    name = "echo"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stats = BackendStats()
        self._closed = False

    @classmethod
    def open(cls) -> EchoBackend:
        """Warn, and start."""
        logger.warning("the echo backend answers every text with itself; it is no model")
        return cls()

    def submit(
        self,
        prompt: bytes,
        sampling: SamplingConfig,
        automaton: Automaton,
        deadline_s: float | None,
    ) -> BufferedHandle:
        """Answer; see `base.Backend`."""
        reply, cut = _echo(prompt, sampling, automaton)
        with self._lock:
            self._refuse_when_closed()
            self._count(len(prompt), len(reply))
        handle = BufferedHandle()
        handle.begin()
        if deadline_s is not None and deadline_s <= 0:
            handle.finish("deadline")
            return handle
        handle.append(reply)
        handle.finish("length" if cut else "end")
        return handle

    def scorer(self) -> EchoScorer:
        """Start reading a new text."""
        with self._lock:
            self._refuse_when_closed()
        return EchoScorer()

    def logits(self, data: bytes) -> NDArray[np.float32]:  # noqa: ARG002 - the protocol's
        """Refuse; see `base.Backend`."""
        raise BackendError("backend 'echo' has no model; use 'cpu' or 'reference'")

    def coder(self, *, mixed: bool, memory: Memory | None = None) -> Coder:  # noqa: ARG002 - likewise
        """Refuse; see `base.Backend`."""
        raise BackendError("backend 'echo' has no model to compress with; use 'cpu' or 'reference'")

    def clear_prefix_cache(self) -> None:
        """Nothing to do: finished sequences leave nothing."""

    def stats(self) -> BackendStats:
        """Return the counts."""
        with self._lock:
            return self._stats

    def close(self) -> None:
        """Take no more."""
        with self._lock:
            self._closed = True

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise EngineClosed("the engine is closed; open a new one")

    def _count(self, prompt_bytes: int, generated_bytes: int) -> None:
        old = self._stats
        self._stats = replace(
            old,
            submitted=old.submitted + 1,
            finished=old.finished + 1,
            prompt_bytes=old.prompt_bytes + prompt_bytes,
            generated_bytes=old.generated_bytes + generated_bytes,
        )


class EchoScorer:
    """Finds every byte equally probable."""

    def feed(self, data: bytes) -> NDArray[np.float32]:
        """Return (N,) of -8."""
        return np.full(len(data), -8.0, np.float32)

    def close(self) -> None:
        """Nothing to give back."""


def _echo(prompt: bytes, sampling: SamplingConfig, automaton: Automaton) -> tuple[bytes, bool]:
    """Return the user's last text, and whether it was cut at `max_bytes`."""
    text = prompt.decode(automaton.codec, "replace")
    question = text.rpartition(USER)[2].partition(ASSISTANT)[0]
    reply = bytearray()
    for character in question:
        if len(reply) >= sampling.max_bytes:
            return bytes(reply), True
        code = character.encode(automaton.codec)
        if automaton.walk(code) == START:
            reply += code
    return bytes(reply), False
