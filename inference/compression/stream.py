"""Compresses and decompresses streams, in memory that does not grow with them."""

from __future__ import annotations

import io
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final, TypeVar

from inference.backends.base import Coder
from inference.compression.format import (
    LONGEST_FRAME,
    MEMORY_BYTES,
    Frame,
    Mode,
    ModelRecord,
    Reader,
    Writer,
)
from inference.compression.frames import Work, decode_frame, encode_frame
from inference.compression.memory import Memory
from inference.compression.text import Readable, pieces
from inference.errors import CompressionError, ConfigError

if TYPE_CHECKING:
    from inference.engine import Engine

FRAME_BYTES: Final = 1 << 18
"""Original bytes of a frame, when one goes on from the other."""
SMALLEST_BLOCK: Final = 1 << 10
CODER_VERSION: Final = 1
"""As XL_CODER_VERSION in `csrc/include/xinglin.h`, and raised with it."""

_PROBE: Final = bytes(range(32, 127))

Progress = Callable[[int], None]
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Totals:
    """Sizes of what went through.

    Attributes:
        original: bytes of the original.
        compressed: bytes of the compressed file.
    """

    original: int
    compressed: int


def compress(
    engine: Engine,
    source: Readable,
    sink: BinaryIO,
    *,
    mode: Mode = "mixed",
    memory: Memory | None = None,
    block: int | None = None,
    threads: int = 1,
    progress: Progress = lambda _count: None,
) -> Totals:
    """Compress a stream.

    Args:
        engine: a model; its backend, version and weights are needed to decompress.
        source: any bytes; read from where it stands to its end.
        sink: written from where it stands.
        mode: `mixed` learns from the text as it goes, `alone` codes by the model's probabilities:
            larger, the honest test of the model.
        memory: counts of a training text to mix in, too, and then needed to decompress.
        block: None codes everything as one text. A number of bytes cuts it into blocks of that
            size which know nothing of each other: for several threads, and a larger file.
        threads: blocks that are coded at the same time.
        progress: called with numbers of original bytes done; from other threads, too.

    Raises:
        ConfigError: `block` is out of its range, or there is a memory in mode `alone`.
        CompressionError: the memory is of another codec than the model.
        BackendError: the backend has no model.
        OSError: a stream failed.
    """
    if block is not None and not SMALLEST_BLOCK <= block <= LONGEST_FRAME:
        raise ConfigError(
            f"block is {block}; it must be from {SMALLEST_BLOCK} to {LONGEST_FRAME} bytes"
        )
    if memory is not None:
        mode = _with_memory(engine, mode, memory)
    record = model_record(engine, mode, memory)
    writer, named, original = Writer(sink), False, 0
    with _Pool(engine, memory, threads, progress) as pool:

        def encode(item: tuple[bytes, bool], before: _Before) -> tuple[Frame, Coder | None]:
            piece, last = item
            coder = None if block else before()
            return encode_frame(piece, last, coder, pool.work(len(piece), mode))

        for frame in pool.map(encode, pieces(source, block or FRAME_BYTES)):
            if frame.kind != "stored" and not named:
                writer.model(record)
                named = True
            writer.frame(frame)
            original += frame.length
    return Totals(original, writer.written)


def decompress(
    engine: Engine,
    source: Readable,
    sink: BinaryIO,
    *,
    memory: Memory | None = None,
    threads: int = 1,
    progress: Progress = lambda _count: None,
) -> Totals:
    """Decompress what `compress` made; what reaches `sink` was checked.

    Args:
        engine: the same model on the same backend.
        source: the compressed file; read to its end.
        sink: gets the original.
        memory: the one that it was compressed with.
        threads: independent blocks that are decoded at the same time.
        progress: called with numbers of compressed bytes done; from other threads, too.

    Raises:
        CompressionError: the file is foreign, damaged, cut short or followed by something, or
            needs another model, memory, backend or version. Its beginning may be in `sink`.
        BackendError: the backend has no model.
        OSError: a stream failed.
    """
    reader, original = Reader(source), 0
    with _Pool(engine, memory, threads, progress) as pool:

        def decode(item: tuple[Frame, Mode], before: _Before) -> tuple[bytes, Coder | None]:
            frame, mode = item
            coder = None if frame.fresh or frame.kind == "stored" else before()
            return decode_frame(frame, coder, pool.work(len(frame.payload), mode))

        for piece in pool.map(decode, _frames(reader, engine, memory)):
            sink.write(piece)
            original += len(piece)
    return Totals(original, reader.count)


def compress_bytes(
    engine: Engine, data: bytes, mode: Mode = "mixed", memory: Memory | None = None
) -> bytes:
    """Compress bytes; raises as `compress` does."""
    sink = io.BytesIO()
    compress(engine, io.BytesIO(data), sink, mode=mode, memory=memory)
    return sink.getvalue()


def decompress_bytes(engine: Engine, data: bytes, memory: Memory | None = None) -> bytes:
    """Give back what `compress_bytes` was given; raises as `decompress` does."""
    sink = io.BytesIO()
    decompress(engine, io.BytesIO(data), sink, memory=memory)
    return sink.getvalue()


def _with_memory(engine: Engine, mode: Mode, memory: Memory) -> Mode:
    if mode == "alone":
        raise ConfigError("a memory is only mixed in; the mode cannot be `alone`")
    memory.require_codec(engine.checkpoint.codec)
    return "memory"


def model_record(engine: Engine, mode: Mode, memory: Memory | None = None) -> ModelRecord:
    """Return what a file says of the model, and in mode `memory` of the memory, that it needs.

    Raises:
        BackendError: the backend has no model.
    """
    coder = engine.coder(mixed=False)  # what is mixed in are integers, the same everywhere
    probe = zlib.crc32(coder.encode(_PROBE) + coder.finish())
    checkpoint = engine.checkpoint
    backend = engine.backend.split("-", maxsplit=1)[0]
    return ModelRecord(
        backend="cpu" if backend == "cuda" else backend,  # a GPU leaves it to the processor
        coder=CODER_VERSION,
        mode=mode,
        codec=checkpoint.codec,
        digest=bytes.fromhex(checkpoint.sha256)[:16],
        probe=probe,
        name=checkpoint.name,
        memory=memory.digest[:MEMORY_BYTES] if mode == "memory" and memory is not None else b"",
    )


def _frames(reader: Reader, engine: Engine, memory: Memory | None) -> Iterator[tuple[Frame, Mode]]:
    """Yield the frames and the mode, once the model that they need is known to be here."""
    mode: Mode | None = None
    while True:
        record = reader.record()
        if isinstance(record, ModelRecord):
            _compare(record, model_record(engine, record.mode, memory))
            mode = record.mode
            continue
        if record.kind != "stored" and mode is None:
            raise CompressionError("the file is damaged: it does not say which model it needs")
        if record.last:
            reader.end()
        yield record, mode or "alone"
        if record.last:
            return


def _compare(needed: ModelRecord, here: ModelRecord) -> None:
    """Refuse a file that this engine cannot decode."""
    if needed.digest != here.digest:
        raise CompressionError(
            f"the file was compressed with the model {needed.name!r} "
            f"(sha256 {needed.digest.hex()}...), not with {here.name!r} "
            f"({here.digest.hex()}...); name that model with --model"
        )
    if needed.memory != here.memory:
        what = f"not with {here.memory.hex()}..." if here.memory else "and none is given"
        raise CompressionError(
            f"the file was compressed with the memory of sha256 {needed.memory.hex()}..., {what}; "
            "name that memory with --memory"
        )
    if needed.backend != here.backend:
        raise CompressionError(
            f"the file was compressed with the backend {needed.backend!r}, which rounds otherwise "
            f"than {here.backend!r}; choose it with --backend"
        )
    if needed.coder != here.coder:
        raise CompressionError(
            f"the file was compressed by version {needed.coder} of the coder; this is "
            f"{here.coder}; decompress it with the program that made it"
        )
    if needed != here:
        raise CompressionError(
            "this machine computes other probabilities than the one that compressed the file, with "
            "the same model; decompress it there"
        )


_Before = Callable[[], Coder | None]


class _Stopped(Exception):
    """The work was given up."""


class _Pool:
    """Threads that work on frames; results come in order, a few at a time."""

    def __init__(
        self, engine: Engine, memory: Memory | None, threads: int, progress: Progress
    ) -> None:
        self._engine, self._memory, self._progress = engine, memory, progress
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, "compression")
        self._stop = threading.Event()

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._pool.shutdown(cancel_futures=True)

    def work(self, count: int, mode: Mode) -> Work:
        """Return what coding a frame needs, which is `count` bytes of progress."""
        reported = 0

        def tick(share: float) -> None:
            nonlocal reported
            if self._stop.is_set():
                raise _Stopped
            done = int(share * count)
            self._progress(done - reported)
            reported = done

        mixed, memory = mode != "alone", self._memory if mode == "memory" else None
        return Work(
            lambda: self._engine.coder(mixed=mixed, memory=memory),
            self._engine.checkpoint.codec,
            tick,
        )

    def map(
        self, run: Callable[[_Item, _Before], tuple[_Result, Coder | None]], items: Iterable[_Item]
    ) -> Iterator[_Result]:
        """Yield what `run` gives for each item; it may ask for the coder of the item before."""
        waiting: deque[Future[tuple[_Result, Coder | None]]] = deque()
        before: _Before = _nothing
        for item in items:
            future = self._pool.submit(run, item, before)
            waiting.append(future)
            before = _coder_of(future)
            if len(waiting) > self._threads:
                yield waiting.popleft().result()[0]
        for future in waiting:
            yield future.result()[0]


def _nothing() -> None:
    return None


def _coder_of(future: Future[tuple[_Result, Coder | None]]) -> _Before:
    return lambda: future.result()[1]
