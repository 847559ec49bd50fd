"""Streams, round and round; what is damaged, foreign or of another model is refused."""

from __future__ import annotations

import io
import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from inference.compression import frames, stream
from inference.compression.format import Frame, ModelRecord, Reader, Writer
from inference.compression.memory import Memory
from inference.compression.stream import (
    compress,
    compress_bytes,
    decompress,
    decompress_bytes,
    model_record,
)
from inference.config import EngineConfig
from inference.engine import Engine
from inference.errors import BackendError, CompressionError, ConfigError, EngineError

MakeModel = Callable[..., Path]
OpenEngine = Callable[..., Engine]
MakeMemory = Callable[..., Path]
ROOT = Path(__file__).parents[3]

TEXT = "桂枝汤方：桂枝三两，芍药三两，甘草二两，生姜三两，大枣十二枚。\r\n"
MANY = settings(
    max_examples=10,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NATIVE = [("auto", "gb18030"), ("auto", "utf-16-le"), ("auto", "utf-8")]


@pytest.fixture(scope="module")
def open_engine(make_model: MakeModel) -> Iterator[OpenEngine]:
    engines: dict[tuple[str, str, int], Engine] = {}

    def open_one(backend: str = "auto", codec: str = "gb18030", seed: int = 0) -> Engine:
        key = (backend, codec, seed)
        if key not in engines:
            sizes = {"width": 16, "layers": 1, "heads": 2, "context": 24}
            path = make_model(codec=codec, seed=seed, name=f"{codec}-{seed}", **sizes)
            engines[key] = Engine.open(path, EngineConfig(backend=backend))
        return engines[key]

    yield open_one
    for engine in engines.values():
        engine.close()


@pytest.fixture
def always_coded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code every frame, also where the tiny random model makes it longer."""
    monkeypatch.setattr(frames, "_WORTH", -(1 << 30))


def likely(engine: Engine, count: int, seed: int = 0) -> bytes:
    """Return bytes that the model might have written itself: they compress."""
    coder = engine.coder(mixed=False)
    coder.load(np.random.default_rng(seed).bytes(2 * count))
    return coder.decode(count)


def kinds(code: bytes) -> list[str]:
    reader, found = Reader(io.BytesIO(code)), []
    while True:
        record = reader.record()
        found.append(record.kind if isinstance(record, Frame) else "model")
        if isinstance(record, Frame) and record.last:
            return found


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


@pytest.mark.usefixtures("always_coded")
def test_other_memory_or_none_or_of_another_codec_is_refused(
    open_engine: OpenEngine, make_memory: MakeMemory
) -> None:
    engine = open_engine()
    memory, other = Memory(make_memory(TEXT)), Memory(make_memory(TEXT + "。"))
    code = compress_bytes(engine, TEXT.encode(), memory=memory)
    needed = f"memory of sha256 {memory.digest[:16].hex()}..., "
    with pytest.raises(CompressionError, match=f"{needed}and none is given; name that memory"):
        decompress_bytes(engine, code)
    with pytest.raises(CompressionError, match=f"{needed}not with {other.digest[:16].hex()}..."):
        decompress_bytes(engine, code, other)
    plain = compress_bytes(engine, TEXT.encode())
    assert decompress_bytes(engine, plain, memory) == TEXT.encode()  # it needs none
    foreign = Memory(make_memory(TEXT, codec="utf-8"))
    with pytest.raises(CompressionError, match="in utf-8, the model reads gb18030"):
        compress_bytes(engine, TEXT.encode(), memory=foreign)
    with pytest.raises(ConfigError, match="the mode cannot be `alone`"):
        compress_bytes(engine, TEXT.encode(), "alone", memory)


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
    memory = Memory(make_memory((ROOT / "README.zh.md").read_text("utf-8")))
    with Engine.open(ROOT / "models/tcm") as engine:
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


def test_every_flipped_byte_and_every_cut_is_refused(open_engine: OpenEngine) -> None:
    engine = open_engine()
    whole = [compress_bytes(engine, data) for data in (likely(engine, 2000), b"abc")]
    assert kinds(whole[0]) == ["model", "raw"]
    for code in whole:
        spots = range(len(code)) if len(code) < 100 else [*range(60), *range(60, len(code), 199)]
        for spot in spots:
            for flip in (1, 0x80, 0xFF):
                broken = bytearray(code)
                broken[spot] ^= flip
                with pytest.raises(CompressionError):
                    decompress_bytes(engine, bytes(broken))
            with pytest.raises(CompressionError):
                decompress_bytes(engine, code[:spot])


@MANY
@given(data=st.binary(max_size=80), known=st.booleans())
def test_foreign_bytes_are_refused_with_a_sentence(
    data: bytes, known: bool, open_engine: OpenEngine
) -> None:
    with pytest.raises(CompressionError):
        decompress_bytes(open_engine(), (b"\xf5XLC\x01" if known else b"") + data)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (b"", "not a file that `compress` made: it is empty"),
        (b"PK\x03\x04", "not a file that `compress` made: it begins with 50 4b 03 04"),
        (b"\xf5XLC", "cut short"),
        (b"\xf5XLC\x02", "format version 2; this program reads version 1"),
        (b"\xf5XLC\x01\x77", "damaged, or of a later version: there is no kind of frame 71"),
        (b"\xf5XLC\x01\x21\xff\xff\xff\x7f", "a length is"),
    ],
)
def test_foreign_file_gets_its_sentence(
    code: bytes, sentence: str, open_engine: OpenEngine
) -> None:
    with pytest.raises(CompressionError, match=sentence):
        decompress_bytes(open_engine(), code)


def test_what_follows_the_end_is_refused(open_engine: OpenEngine) -> None:
    engine = open_engine()
    code = compress_bytes(engine, b"abc")
    for more in (b"\0", b"\n", code):
        with pytest.raises(CompressionError, match="something follows the end"):
            decompress_bytes(engine, code + more)


def test_frames_cannot_change_places(open_engine: OpenEngine) -> None:
    sink = io.BytesIO()
    writer = Writer(sink)
    ends = [sink.tell()]
    for number in range(3):
        writer.frame(Frame("stored", True, number == 2, 4, payload=bytes(4 * [number])))
        ends.append(sink.tell())
    code = sink.getvalue()
    parts = [code[a:b] for a, b in zip([0, *ends], ends)]
    assert decompress_bytes(open_engine(), b"".join(parts)) == b"\0\0\0\0\1\1\1\1\2\2\2\2"
    for order in ((0, 2, 1, 3), (0, 1, 3), (0, 1, 1, 2, 3)):
        with pytest.raises(CompressionError):
            decompress_bytes(open_engine(), b"".join(parts[i] for i in order))


@pytest.mark.usefixtures("always_coded")
def test_other_model_backend_version_or_arithmetic_is_refused(
    open_engine: OpenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = compress_bytes(open_engine(), TEXT.encode())
    with pytest.raises(CompressionError, match=r"model 'gb18030-0' .* not with 'gb18030-1'"):
        decompress_bytes(open_engine(seed=1), code)
    with pytest.raises(CompressionError, match="backend 'cpu', which rounds otherwise"):
        decompress_bytes(open_engine("reference"), code)
    with pytest.raises(BackendError, match="'echo' has no model"):
        decompress_bytes(Engine.open(Path(), EngineConfig(backend="echo")), code)
    with pytest.raises(BackendError, match="'echo' has no model"):
        compress_bytes(Engine.open(Path(), EngineConfig(backend="echo")), b"")
    here = model_record(open_engine(), "mixed")
    for change, sentence in (
        ({"coder": 0}, "version 0 of the coder; this is"),
        ({"probe": here.probe ^ 1}, "computes other probabilities"),
    ):
        with pytest.raises(CompressionError, match=sentence):
            decompress_bytes(open_engine(), crafted(replace(here, **change)))


def crafted(record: ModelRecord | None, **changes: object) -> bytes:
    """Return a file whose checks are right and whose frame is wrong."""
    sink = io.BytesIO()
    writer = Writer(sink)
    if record is not None:
        writer.model(record)
    fields = {
        "kind": "raw",
        "fresh": True,
        "last": True,
        "length": 100,
        "coded": 100,
        "checksum": zlib.crc32(bytes(100)),
        "payload": b"\x55" * 50,
    }
    writer.frame(Frame(**(fields | changes)))
    return sink.getvalue()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "does not come out as it was"),
        ({"kind": "text"}, "does not come out as it was"),
        ({"length": 101}, "does not come out as it was"),
        ({"fresh": False}, "goes on from nothing"),
        ({"coded": 201}, "a length is 201"),
        ({"payload": bytes(809)}, "a length is 809"),
        ({"length": (1 << 24) + 1}, "a length is 16777217"),
    ],
)
def test_frame_with_right_checks_and_wrong_content_is_refused(
    changes: dict[str, object], sentence: str, open_engine: OpenEngine
) -> None:
    engine = open_engine()
    with pytest.raises(CompressionError, match=sentence):
        decompress_bytes(engine, crafted(model_record(engine, "mixed"), **changes))
    with pytest.raises(CompressionError, match="does not say which model"):
        decompress_bytes(engine, crafted(None))


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
