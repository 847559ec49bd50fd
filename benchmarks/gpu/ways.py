"""The ways of decoding that the GPU benchmark sets beside each other.

Each reads the same random prompts and then makes bytes; only making them is timed. Ours is asked
through the engine as the service asks it, and draws with Top-E; the others take the most probable
byte, stay on the device for all of a round, and hand nothing to the host.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.gpu.graph.small_kernels import SmallKernels
from benchmarks.gpu.report import OURS
from inference.automaton import Automaton
from inference.backends.base import Backend
from inference.backends.native import NativeModel
from inference.model.checkpoint import Checkpoint
from inference.sampling import SamplingConfig

FREE: Final = Automaton("any", np.zeros((2, 256), np.uint8))
"""Allows every byte and never ends: a stream goes on until it is cancelled."""

ENDLESS: Final = 1 << 20
PAUSE_S: Final = 2e-5

NAMES: Final[Mapping[str, str]] = {
    OURS: OURS,
    "small": "small kernels in a CUDA graph",
    "compiled": "torch.compile in a CUDA graph",
    "eager": "PyTorch eager",
}
PEERS: Final = tuple(key for key in NAMES if key != OURS)


@dataclass(frozen=True, slots=True)
class Made:
    """Outcome of one round.

    Attributes:
        speed: bytes a second, all streams together.
        prompts: prompt bytes a second, or 0 where they are not timed.
        context: of the streams while they were timed, in the mean.
    """

    speed: float
    prompts: float
    context: float


class Way(Protocol):
    """One way to decode one batch at one context."""

    def round(self, count: int) -> Made:
        """Make about `count` bytes of every stream."""


class Ours:
    """The engine: prompts are submitted, and bytes counted while all streams decode."""

    def __init__(self, backend: Backend, prompts: NDArray[np.uint8]) -> None:
        """prompts: (B, N)."""
        self._backend, self._prompts = backend, prompts

    def round(self, count: int) -> Made:
        """See `Way`; counts from one launch's end to another's, all streams being under way."""
        before = self._backend.stats().generated_bytes
        began = time.perf_counter()
        handles = [
            self._backend.submit(
                row.tobytes(), SamplingConfig(seed=i, max_bytes=ENDLESS), FREE, None
            )
            for i, row in enumerate(self._prompts)
        ]
        try:
            for handle in handles:
                handle.wait(0, None)
            read_s = time.perf_counter() - began
            streams, length = self._prompts.shape
            start_s, start = self._edge(0)
            end_s, end = self._edge(start + streams * count)
        finally:
            for handle in handles:
                handle.cancel()
        for handle in handles:
            handle.wait(ENDLESS, None)
        context = length + ((start + end) / 2 - before) / streams
        speed = (end - start) / (end_s - start_s)
        return Made(speed, streams * length / read_s, context)

    def _edge(self, least: int) -> tuple[float, int]:
        """Wait until a launch ends with at least so many bytes; returns when, and how many."""
        known = self._backend.stats().generated_bytes
        while True:
            found = self._backend.stats()
            if found.generated_bytes != known and found.generated_bytes >= least:
                return time.perf_counter(), found.generated_bytes
            if not found.running:
                raise RuntimeError("the streams ended while they were timed")
            known = found.generated_bytes
            time.sleep(PAUSE_S)


class Small:
    """Our operations as small kernels, a replay of their graph for every byte."""

    def __init__(
        self, library: Path, model: NativeModel, checkpoint: Checkpoint, prompts: NDArray[np.uint8]
    ) -> None:
        """prompts: (B, N)."""
        card, (streams, length) = checkpoint.config, prompts.shape
        self._kernels = SmallKernels(library, model, card, streams, max(card.context, length))
        self._prompts = prompts

    def round(self, count: int) -> Made:
        """See `Way`."""
        streams, length = self._prompts.shape
        self._kernels.begin(self._prompts)
        self._kernels.run(length)
        began = time.perf_counter()
        self._kernels.run(count)
        speed = streams * count / (time.perf_counter() - began)
        return Made(speed, 0.0, length + count / 2)


class Torch:
    """PyTorch; see gpu_torch.py. Attention reaches as far as the texts of a round are long."""

    def __init__(
        self, checkpoint: Checkpoint, prompts: NDArray[np.uint8], count: int, *, compiled: bool
    ) -> None:
        """prompts: (B, N); count: bytes of a round."""
        from benchmarks.gpu.torch_peer import Decoder

        self._streams, self._length = prompts.shape
        window = min(checkpoint.config.context, self._length + count)
        self._decoder = Decoder(checkpoint, self._streams, window, compiled=compiled)
        self._decoder.read(prompts)

    def round(self, count: int) -> Made:
        """See `Way`."""
        speed = self._streams * count / self._decoder.seconds(count)
        return Made(speed, 0.0, self._length + count / 2)
