"""The backend `cpu`: a model in a C++ library, its sequences and scorers; `cuda` builds on it.

The decode loop runs in the library's own threads; a call here gives the GIL up while it waits.
"""

from __future__ import annotations

import ctypes
import math
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inference.automaton import Automaton
from inference.backends.base import BackendStats, Progress
from inference.backends.native_coder import NativeCoder
from inference.backends.native_library import (
    CHUNK,
    FINISHES,
    LISTEN_S,
    MATRICES,
    Block,
    Config,
    FinishCode,
    Library,
    Matrix,
    ModelSource,
    Ngrams,
    Request,
    Sampling,
    Second,
    State,
    Stats,
    Status,
    Table,
    load_library,
)
from inference.config import EngineConfig
from inference.errors import BackendError, DeviceLost, EngineClosed, KernelError
from inference.model.checkpoint import Checkpoint
from inference.model.hashing import byte_embedding, pair_embedding
from inference.model.quantize import quantize_matrix
from inference.sampling import SamplingConfig

if TYPE_CHECKING:
    from inference.compression.memory import Memory


class NativeModel:
    """A checkpoint, quantized and packed for one instruction set, or for a GPU."""

    def __init__(
        self, checkpoint: Checkpoint, isa: str = "auto", library: Library | None = None
    ) -> None:
        """Quantize and pack.

        Raises:
            BackendError: the library is not there, or this processor lacks `isa`.
            CheckpointError: a weight is not finite.
        """
        self.library = library or load_library()
        keep: list[NDArray[Any]] = []
        source = _model_source(checkpoint, keep)
        try:
            handle = self.library.model_create(source, isa.encode())
        except BackendError as error:
            names = self.library.isa_names()
            if isa in ("auto", *names):
                raise
            text = f"isa {isa!r} does not run here; these do: {', '.join(names)}"
            raise BackendError(text) from error
        self.handle = self.library.own(self, handle, self.library.model_release)
        self.isa = self.library.model_isa(handle) or isa

    def logits(self, data: bytes, chunk: int = CHUNK) -> NDArray[np.float32]:
        """Return (N, 256) logits of the byte that follows each, `chunk` steps at a time."""
        found = np.empty((len(data), 256), np.float32)
        self.library.model_logits(self.handle, data, len(data), chunk, found)
        return found


def _model_source(checkpoint: Checkpoint, keep: list[NDArray[Any]]) -> ModelSource:
    """Return pointers to arrays that are put into `keep`."""
    card = checkpoint.config

    def address(array: NDArray[Any]) -> int:
        keep.append(np.ascontiguousarray(array))
        return int(keep[-1].ctypes.data)

    def matrix(name: str) -> Matrix:
        quantized = quantize_matrix(checkpoint.tensors[name])
        return Matrix(address(quantized.weight), address(quantized.scale))

    def block(i: int) -> Block:
        matrices = [matrix(f"blocks.{i}.{name}") for name in MATRICES]
        bias = address(checkpoint.tensors[f"blocks.{i}.b.pe"])
        mix = address(checkpoint.tensors[f"blocks.{i}.b.mix"]) if card.mixing else None
        return Block(*matrices, bias, mix)

    pairs = card.step_bytes == 2
    blocks = (Block * card.layers)(*map(block, range(card.layers)))
    embedding = pair_embedding(card.width) if pairs else byte_embedding(card.width)
    tables = [address(checkpoint.tensors[f"ngram.{order}"]) for order in card.ngram_orders]
    ngrams = Ngrams(
        count=len(tables),
        rows=address(np.array(card.table_rows, np.int32)),
        orders=address(np.array(card.ngram_orders, np.int32)),
        tables=(ctypes.c_void_p * len(tables))(*tables),
    )
    second = Second()
    if pairs:
        shown = address(checkpoint.tensors["second.embedding"])
        second = Second(shown, *(matrix(f"second.{name}") for name in ("u", "o", "head")))
    sizes = (card.width, card.heads, card.layers, card.context, card.step_bytes)
    known = address(embedding.astype(np.float32))
    return ModelSource(*sizes, ngrams, known, blocks, matrix("head"), second)


class NativeHandle:
    """One sequence inside the library; when it is forgotten, it is cancelled."""

    def __init__(self, backend: NativeBackend, request: Request) -> None:
        self._library = backend.library
        handle = self._library.engine_submit(backend.handle, request)
        self._handle = self._library.own(self, handle, self._library.sequence_release)

    def wait(self, have: int, timeout_s: float | None) -> Progress:
        """Block until there are more than `have` bytes, or it is finished, or time is up."""
        until = math.inf if timeout_s is None else time.monotonic() + timeout_s
        state = State()
        while True:
            listen_s = min(LISTEN_S, max(0.0, until - time.monotonic()))
            status = self._library.sequence_wait(self._handle, have, listen_s, state)
            if status != Status.TIMEOUT or time.monotonic() >= until:
                return self._progress(have, state)

    def cancel(self) -> None:
        """Stop at the next byte."""
        self._library.sequence_cancel(self._handle)

    def discard(self) -> None:
        """Let what it has read be the first to go."""
        self._library.sequence_discard(self._handle)

    def _progress(self, have: int, state: State) -> Progress:
        if state.finish == FinishCode.STOPPED:
            raise EngineClosed("the engine was closed before the reply was done")
        if state.finish == FinishCode.LOST:
            raise DeviceLost("the GPU failed or went away; submit to another backend")
        if state.finish == FinishCode.FAILED:
            raise KernelError("the model came to a logit that is not finite, or memory ran out")
        data = np.empty(max(0, state.bytes - have), np.uint8)
        if len(data):
            self._library.sequence_read(self._handle, have, len(data), data)
        finish = FINISHES.get(state.finish)
        bits = state.surprise / math.log(2)
        return Progress(data.tobytes(), finish, state.prefill_s, state.decode_s, bits)


class NativeScorer:
    """Reads a text in the library."""

    def __init__(self, model: NativeModel) -> None:
        self._library = model.library
        handle = self._library.scorer_create(model.handle)
        self._handle = self._library.own(self, handle, self._library.scorer_release)

    def feed(self, data: bytes) -> NDArray[np.float32]:
        """Return (N,) log2 probability of each byte, given everything before it."""
        found = np.empty(len(data), np.float32)
        self._library.scorer_feed(self._handle, data, len(data), found)
        return found

    def close(self) -> None:
        """Nothing to do: the context goes with the object."""


class NativeBackend:
    """Decodes in the library's threads, many sequences at a time."""

    KIND = "cpu"

    def __init__(self, model: NativeModel, config: EngineConfig, chunk: int = CHUNK) -> None:
        self.library = model.library
        self.name = f"{self.KIND}-{model.isa}"
        self._model = model
        self._closed = False
        options = Config(config.threads, config.max_batch, chunk, config.cache_bytes)
        handle = self.library.engine_open(model.handle, options)
        self.handle = self.library.own(self, handle, self.library.engine_release)

    @classmethod
    def open(cls, checkpoint: Checkpoint, config: EngineConfig) -> NativeBackend:
        """Pack the model and start the threads."""
        return cls(NativeModel(checkpoint, config.isa), config)

    def submit(
        self,
        prompt: bytes,
        sampling: SamplingConfig,
        automaton: Automaton,
        deadline_s: float | None,
    ) -> NativeHandle:
        """Queue a sequence; see `base.Backend`."""
        request = Request(
            prompt=prompt,
            prompt_bytes=len(prompt),
            sampling=Sampling.of(sampling),
            automaton=Table.of(automaton),
            max_bytes=sampling.max_bytes,
            deadline_s=math.inf if deadline_s is None else deadline_s,
        )
        return NativeHandle(self, request)

    def logits(self, data: bytes) -> NDArray[np.float32]:
        """Return (N, 256) logits; see `base.Backend`."""
        return self._model.logits(data)

    def scorer(self) -> NativeScorer:
        """Start reading a new text."""
        if self._closed:
            raise EngineClosed("the engine is closed; open a new one")
        return NativeScorer(self._model)

    def coder(self, *, mixed: bool, memory: Memory | None = None) -> NativeCoder:
        """Start compressing or decompressing a text."""
        if self._closed:
            raise EngineClosed("the engine is closed; open a new one")
        return NativeCoder(self._model.library, self._model.handle, mixed=mixed, memory=memory)

    def stats(self) -> BackendStats:
        """Return the counts."""
        stats = Stats()
        self.library.engine_stats_get(self.handle, stats)
        return BackendStats(
            submitted=stats.sequences_submitted,
            finished=stats.sequences_finished,
            running=stats.active,
            waiting=stats.waiting,
            prompt_bytes=stats.bytes_prefilled,
            shared_bytes=stats.bytes_shared,
            kept=stats.kept,
            generated_bytes=stats.bytes_decoded,
        )

    def clear_prefix_cache(self) -> None:
        """Drop the keys and values of finished sequences."""
        if not self._closed:
            self.library.engine_forget(self.handle)

    def close(self) -> None:
        """Stop the threads; what runs or waits fails with EngineClosed."""
        self._closed = True
        self.library.engine_close(self.handle)
