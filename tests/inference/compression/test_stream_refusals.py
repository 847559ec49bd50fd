"""Files that are damaged, foreign, or of another model or memory are refused in a sentence."""

from __future__ import annotations

import io
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.compression.format import Frame, ModelRecord, Writer
from inference.compression.memory import Memory
from inference.compression.stream import compress_bytes, decompress_bytes, model_record
from inference.config import EngineConfig
from inference.engine import Engine
from inference.errors import BackendError, CompressionError, ConfigError
from tests.inference.compression.streams import MANY, TEXT, MakeMemory, OpenEngine, kinds, likely


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
