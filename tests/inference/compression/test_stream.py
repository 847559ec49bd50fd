"""Streams, round and round: what goes in comes out, in blocks, frames and on threads."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inference.compression import frames, stream
from inference.compression.memory import Memory
from inference.compression.stream import compress, compress_bytes, decompress, decompress_bytes
from inference.config import EngineConfig
from inference.engine import Engine
from inference.errors import ConfigError, EngineError
from tests.inference.compression.streams import (
    MANY,
    TEXT,
    MakeMemory,
    MakeModel,
    OpenEngine,
    kinds,
    likely,
)

ROOT = Path(__file__).parents[3]
NATIVE = [("auto", "gb18030"), ("auto", "utf-16-le"), ("auto", "utf-8")]


@MANY
@given(
    data=st.one_of(
        st.binary(max_size=120),
        st.text(max_size=40).map(lambda t: t.encode("utf-8", "surrogatepass")),
    )
)
@example(data=b"")
@example(data=b"\r")
@example(data=b"\0")
@example(data="\ufeff桂".encode())
@example(data=b"\xed\xa0\x80")
@pytest.mark.parametrize(("backend", "codec"), NATIVE)
@pytest.mark.parametrize("mode", ["alone", "mixed"])
@pytest.mark.usefixtures("always_coded")
def test_any_bytes_come_back(
    mode: str, backend: str, codec: str, data: bytes, open_engine: OpenEngine
) -> None:
    engine = open_engine(backend, codec)
    code = compress_bytes(engine, data, mode)
    assert kinds(code)[0] == "model"
    assert decompress_bytes(engine, code) == data


@MANY
@given(
    data=st.one_of(
        st.binary(max_size=60),
        st.text("桂枝汤方：三两，\n\r\0ab🍵\ufeff", max_size=60).map(str.encode),
        st.text(max_size=30).map(lambda t: t.encode("utf-8", "surrogatepass")),
    )
)
@example(data=b"")
@example(data=b"\0")
@example(data=(TEXT * 3).encode())
@pytest.mark.parametrize(("backend", "codec"), [*NATIVE, ("reference", "gb18030")])
@pytest.mark.usefixtures("always_coded")
def test_any_bytes_come_back_with_a_memory(
    backend: str, codec: str, data: bytes, open_engine: OpenEngine, make_memory: MakeMemory
) -> None:
    engine, memory = open_engine(backend, codec), Memory(make_memory(TEXT, codec=codec))
    code = compress_bytes(engine, data, memory=memory)
    assert decompress_bytes(engine, code, memory) == data


def test_blocks_with_a_memory_stand_alone_on_threads(
    open_engine: OpenEngine, make_memory: MakeMemory
) -> None:
    engine, memory, data = open_engine(), Memory(make_memory(TEXT)), TEXT.encode() * 50
    codes = []
    for threads in (1, 3):
        sink = io.BytesIO()
        compress(engine, io.BytesIO(data), sink, block=1024, threads=threads, memory=memory)
        codes.append(sink.getvalue())
    assert codes[0] == codes[1]
    back = io.BytesIO()
    decompress(engine, io.BytesIO(codes[0]), back, threads=3, memory=memory)
    assert back.getvalue() == data


def test_text_unlike_the_memory_loses_at_most_a_hundredth(make_memory: MakeMemory) -> None:
    with Engine.open(ROOT / "models/tcm") as engine:
        text = (ROOT / "README.zh.md").read_text("utf-8")
        memory = Memory(make_memory(text, codec=engine.checkpoint.codec))
        for name in ("docs/compression.md", "benchmarks/quality/compression.py"):
            data = (ROOT / name).read_bytes()[:6000]
            without, remembered = (
                compress_bytes(engine, data),
                compress_bytes(engine, data, memory=memory),
            )
            assert len(remembered) <= 1.01 * len(without), name


@MANY
@given(data=st.binary(max_size=300))
def test_what_does_not_compress_grows_by_a_few_bytes(data: bytes, open_engine: OpenEngine) -> None:
    engine = open_engine()
    code = compress_bytes(engine, data)
    assert len(code) <= len(data) + 12
    assert decompress_bytes(engine, code) == data


@pytest.mark.parametrize(("backend", "codec"), [*NATIVE, ("reference", "gb18030")])
@pytest.mark.usefixtures("always_coded")
def test_text_is_coded_as_text_and_anything_else_as_it_is(
    backend: str, codec: str, open_engine: OpenEngine
) -> None:
    engine = open_engine(backend, codec)
    as_text = "raw" if codec == "utf-8" else "text"
    for data, kind in ((TEXT.encode(), as_text), (TEXT.encode() + b"\xff", "raw")):
        code = compress_bytes(engine, data)
        assert kinds(code) == ["model", kind]
        assert decompress_bytes(engine, code) == data


def test_what_the_model_expects_becomes_shorter(open_engine: OpenEngine) -> None:
    engine = open_engine()
    data = likely(engine, 3000)
    code = compress_bytes(engine, data, "alone")
    assert len(code) < 0.97 * len(data)
    assert decompress_bytes(engine, code) == data


def test_what_repeats_becomes_much_shorter_when_mixed(open_engine: OpenEngine) -> None:
    engine = open_engine()
    data = TEXT.encode() * 20
    alone, mixed = (compress_bytes(engine, data, mode) for mode in ("alone", "mixed"))
    assert len(mixed) < len(alone) / 4
    assert decompress_bytes(engine, mixed) == data


@pytest.mark.parametrize("frame_bytes", [1024, 1500])
def test_frames_go_on_from_each_other_and_begin_anew_after_a_stored_one(
    frame_bytes: int, open_engine: OpenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "FRAME_BYTES", frame_bytes)
    engine = open_engine()
    data = likely(engine, 2000) + random.Random(1).randbytes(2 * frame_bytes) + likely(engine, 2500)

    code = compress_bytes(engine, data)

    found = kinds(code)
    assert found[:2] == ["model", "raw"]
    assert "raw" in found[found.index("stored") :]
    assert decompress_bytes(engine, code) == data


def test_piece_that_grows_is_given_up_early(open_engine: OpenEngine) -> None:
    engine = open_engine()
    shares: list[float] = []
    work = frames.Work(lambda: engine.coder(mixed=True), "gb18030", shares.append)
    frame, coder = frames.encode_frame(random.Random(2).randbytes(50000), True, None, work)
    assert (frame.kind, coder) == ("stored", None)
    assert len(shares) <= 12
    assert shares[-1] == 1


def test_blocks_stand_alone_and_threads_change_nothing(open_engine: OpenEngine) -> None:
    engine = open_engine()
    data = likely(engine, 3000)
    codes = []
    for threads in (1, 3):
        sink, done = io.BytesIO(), []
        totals = compress(
            engine, io.BytesIO(data), sink, block=1024, threads=threads, progress=done.append
        )
        codes.append(sink.getvalue())
        assert (totals.original, totals.compressed) == (3000, len(codes[-1]))
        assert sum(done) == 3000
    assert codes[0] == codes[1]
    for threads in (1, 3):
        back = io.BytesIO()
        totals = decompress(engine, io.BytesIO(codes[0]), back, threads=threads)
        assert (totals.original, totals.compressed) == (3000, len(codes[0]))
        assert back.getvalue() == data


@pytest.mark.parametrize("block", [0, -1, 1023, (1 << 24) + 1])
def test_block_out_of_its_range_is_refused(block: int, open_engine: OpenEngine) -> None:
    with pytest.raises(ConfigError, match=f"block is {block}; it must be from 1024"):
        compress(open_engine(), io.BytesIO(b""), io.BytesIO(), block=block)


class Endless:
    """So many random bytes; counts what was asked for at once."""

    def __init__(self, count: int) -> None:
        self.left, self.most = count, 0
        self._random = random.Random(3)

    def read(self, size: int) -> bytes:
        self.most = max(self.most, size)
        size = min(size, self.left)
        self.left -= size
        return self._random.randbytes(size)


class Nothing(io.RawIOBase):
    def __init__(self) -> None:
        self.most = self.count = 0

    def write(self, data: bytes) -> int:
        self.most = max(self.most, len(data))
        self.count += len(data)
        return len(data)


def test_memory_is_that_of_a_few_frames(
    open_engine: OpenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "_TRIED", 1 << 12)
    source, sink = Endless(5 << 18), Nothing()
    engine = open_engine(codec="utf-8")
    ahead: list[int] = []
    totals = compress(
        engine, source, sink, progress=lambda _: ahead.append((5 << 18) - source.left - sink.count)
    )
    assert totals.original == sink.count - (totals.compressed - totals.original) == 5 << 18
    assert max(source.most, sink.most) <= stream.FRAME_BYTES + 8
    assert max(ahead) <= 3 * stream.FRAME_BYTES


def test_failing_stream_stops_the_work(open_engine: OpenEngine) -> None:
    class Full(io.RawIOBase):
        def write(self, _data: bytes) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        compress(open_engine(), Endless(1 << 20), Full())


def test_errors_of_the_engine_come_through(open_engine: OpenEngine, make_model: MakeModel) -> None:
    engine = Engine.open(make_model(), EngineConfig())
    engine.close()
    with pytest.raises(EngineError, match="the engine is closed"):
        compress_bytes(engine, b"abc")
