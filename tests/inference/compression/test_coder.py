"""The native coder and the Python one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.backends.native import NativeModel
from inference.backends.native_coder import NativeCoder
from inference.backends.native_library import load_library
from inference.compression.coder import PlainCoder
from inference.compression.memory import Memory
from inference.compression.predictor import ReferencePredictor
from inference.compression.stream import CODER_VERSION
from inference.errors import EngineError
from inference.model.checkpoint import Checkpoint
from inference.model.config import ModelConfig
from inference.reference.wygpt import Wygpt
from inference.reference.wygpt_pair import float_model
from inference.sliding_scorer import SlidingScorer
from tests.inference.conftest import MIXING, PAIRS

MakeModel = Callable[..., Path]
MakeMemory = Callable[..., Path]
BOOK = "太阳之为病，脉浮，头项强痛而恶寒。太阳病，发热，汗出，恶风，脉缓者，名为中风。"


@pytest.fixture(scope="module")
def built() -> None:
    load_library()


def text(count: int, seed: int = 0) -> bytes:
    return np.random.default_rng(seed).integers(0, 256, count, dtype=np.uint8).tobytes()


def native(model: NativeModel, mixed: bool) -> NativeCoder:
    return NativeCoder(model.library, model.handle, mixed=mixed)


class NativePredictor:
    """The native model's logits, each from its window computed anew."""

    def __init__(self, model: NativeModel, card: ModelConfig) -> None:
        self._model, self._card = model, card
        self._text = b""

    def next(self) -> NDArray[np.float32]:
        if len(self._text) == self._card.context_bytes:
            self._text = self._text[len(self._text) - self._card.renewed_bytes :]
        if not self._text:
            return np.zeros(256, np.float32)
        return self._model.logits(self._text)[-1]

    def read(self, byte: int) -> None:
        self.next()
        self._text += bytes((byte,))


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("family", [{}, PAIRS, MIXING], ids=["bytes", "pairs", "mixing"])
@pytest.mark.parametrize("context", [2, 16, 33])
def test_native_code_is_that_of_the_python_coder_for_the_same_logits(
    context: int, mixed: bool, family: dict[str, Any], make_model: MakeModel
) -> None:
    checkpoint = Checkpoint.load(make_model(context=context, **family))
    model, card = NativeModel(checkpoint), checkpoint.config
    data = text(90) + text(60)  # the beginning again: what was counted counts
    plain = PlainCoder(NativePredictor(model, card), mixed=mixed, step_bytes=card.step_bytes)
    expected = plain.encode(data) + plain.finish()

    for parts in ([150], [1] * 150, [7, 0, 64, 79]):
        coder, at, code = native(model, mixed), 0, b""
        for size in parts:
            code += coder.encode(data[at : at + size])
            at += size
        assert code + coder.finish() == expected


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("codec", ["gb18030", "utf-8", "utf-16-le", "utf-16-be"])
def test_native_code_with_a_memory_is_that_of_the_python_coder_on_every_instruction_set(
    codec: str, make_model: MakeModel, make_memory: MakeMemory
) -> None:
    checkpoint = Checkpoint.load(make_model(context=33, codec=codec))
    memory = Memory(make_memory(BOOK, "桂枝汤 abc 🍵", codec=codec))
    data = BOOK[5:30].encode(codec) + "🍵龘桂枝 abd".encode(codec) + text(40)
    models = [NativeModel(checkpoint, isa) for isa in load_library().isa_names()]
    plain = PlainCoder(NativePredictor(models[0], checkpoint.config), mixed=True, memory=memory)
    expected = plain.encode(data) + plain.finish()

    for model in models:
        coder = NativeCoder(model.library, model.handle, mixed=True, memory=memory)
        assert coder.encode(data[:31]) + coder.encode(data[31:]) + coder.finish() == expected
        coder = NativeCoder(model.library, model.handle, mixed=True, memory=memory)
        coder.load(expected)
        assert coder.decode(50) + coder.decode(len(data) - 50) == data


@pytest.mark.usefixtures("built")
def test_memory_comes_before_the_first_byte_and_only_to_a_mixture(
    tiny: Checkpoint, make_memory: MakeMemory
) -> None:
    model, memory = NativeModel(tiny), Memory(make_memory(BOOK))
    with pytest.raises(EngineError):
        NativeCoder(model.library, model.handle, mixed=False, memory=memory)
    coder = native(model, True)
    coder.encode(b"a")
    with pytest.raises(EngineError):
        coder.remember(memory)


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("family", [{}, PAIRS, MIXING], ids=["bytes", "pairs", "mixing"])
def test_every_instruction_set_reads_what_another_wrote(
    mixed: bool, family: dict[str, Any], make_model: MakeModel
) -> None:
    data = text(300)
    checkpoint = Checkpoint.load(make_model(**family))
    models = [NativeModel(checkpoint, isa) for isa in load_library().isa_names()]
    codes = []
    for model in models:
        coder = native(model, mixed)
        codes.append(coder.encode(data) + coder.finish())
    assert len(set(codes)) == 1
    for model in models:
        coder = native(model, mixed)
        coder.load(codes[0])
        assert coder.decode(300) == data


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("family", [{}, PAIRS, MIXING], ids=["bytes", "pairs", "mixing"])
def test_frames_follow_each_other_in_any_steps(
    mixed: bool, family: dict[str, Any], make_model: MakeModel
) -> None:
    model = NativeModel(Checkpoint.load(make_model(**family)))
    frames = [text(40, 1), b"", text(1, 2), text(100, 3)]
    encoder = native(model, mixed)
    codes = [encoder.encode(frame) + encoder.finish() for frame in frames]

    decoder = native(model, mixed)
    for frame, code in zip(frames, codes, strict=True):
        decoder.load(code)
        half = len(frame) // 2
        assert decoder.decode(half) + decoder.decode(len(frame) - half) == frame


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("mixed", [False, True])
def test_foreign_code_gives_some_bytes(mixed: bool, tiny: Checkpoint) -> None:
    model = NativeModel(tiny)
    for code in (b"", b"\xff" * 50, text(20)):
        decoder = native(model, mixed)
        decoder.load(code)
        assert len(decoder.decode(100)) == 100


def test_code_costs_what_the_model_says(tiny: Checkpoint) -> None:
    model = Wygpt(tiny)
    coder = PlainCoder(ReferencePredictor(model), mixed=False)
    data = text(70)

    code = coder.encode(data) + coder.finish()

    class Scorer:
        def __init__(self) -> None:
            self._ring, self._next = model.new_ring(), np.full(256, -8.0)

        def feed(self, part: bytes) -> NDArray[np.float32]:
            found = []
            for byte in part:
                found.append(self._next[byte])
                logits = model.prefill(self._ring, bytes((byte,))).astype(np.float64)
                self._next = (logits - np.logaddexp.reduce(logits)) / np.log(2)
            return np.array(found, np.float32)

        def close(self) -> None:
            pass

    bits = -SlidingScorer(Scorer, tiny.config.context).feed(data).sum(dtype=np.float64)
    assert 8 * len(code) == pytest.approx(bits, abs=10)


@pytest.mark.usefixtures("built")
def test_version_in_files_is_that_of_the_library() -> None:
    assert load_library().coder_version() == CODER_VERSION


def test_python_coder_decodes_what_it_coded_in_both_ways(tiny: Checkpoint) -> None:
    data = text(20) * 2
    for mixed in (False, True):
        encoder = PlainCoder(ReferencePredictor(Wygpt(tiny)), mixed=mixed)
        code = encoder.encode(data[:25]) + encoder.encode(data[25:]) + encoder.finish()
        decoder = PlainCoder(ReferencePredictor(Wygpt(tiny)), mixed=mixed)
        decoder.load(code)
        assert decoder.decode(17) + decoder.decode(23) == data


@pytest.mark.parametrize("mixed", [False, True])
def test_python_coder_of_pairs_begins_each_frame_with_a_whole_pair(
    mixed: bool, make_model: MakeModel
) -> None:
    checkpoint = Checkpoint.load(make_model(**PAIRS))
    frames = [text(7, 1), text(1, 2), b"", text(20, 3)]

    def coder() -> PlainCoder:
        return PlainCoder(ReferencePredictor(float_model(checkpoint)), mixed=mixed, step_bytes=2)

    encoder, decoder = coder(), coder()
    codes = [encoder.encode(frame) + encoder.finish() for frame in frames]
    for frame, code in zip(frames, codes, strict=True):
        decoder.load(code)
        assert decoder.decode(len(frame)) == frame


@pytest.mark.usefixtures("built")
def test_frame_of_odd_length_does_not_shift_the_pairs_of_the_next(make_model: MakeModel) -> None:
    model = NativeModel(Checkpoint.load(make_model(**PAIRS)))
    codes = []
    for first in (b"\x7f", b"\x7f\x00"):
        coder = native(model, mixed=False)
        coder.encode(first)
        coder.finish()
        codes.append(coder.encode(text(12)) + coder.finish())
    assert codes[0] == codes[1]


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    ("family", "mixed", "first", "last"),
    [
        ({}, False, "b7f85232653d668a", "97ad42285a7e4e2e"),
        ({}, True, "4807ae405e46fbd7", "978b3f83f7f7a33c"),
        (MIXING, False, "b7f6e07b19e4a715", "8202da5e83af5010"),
        (MIXING, True, "4809201d033ef6dd", "3aeb1ccdc406839b"),
    ],
)
def test_arithmetic_is_that_of_its_version(
    family: dict[str, Any], mixed: bool, first: str, last: str, make_model: MakeModel
) -> None:
    """If this fails although nothing is wrong, raise XL_CODER_VERSION and CODER_VERSION."""
    model = NativeModel(Checkpoint.load(make_model(width=96, layers=3, context=40, **family)))
    coder = native(model, mixed)
    code = coder.encode("夫百病之生也，皆生于风寒暑湿".encode("gb18030") * 3) + coder.finish()
    assert (CODER_VERSION, code[:8].hex(), code[-8:].hex()) == (1, first, last)


@pytest.mark.usefixtures("built")
def test_arithmetic_with_a_memory_is_that_of_its_version(
    make_model: MakeModel, make_memory: MakeMemory
) -> None:
    """If this fails although nothing is wrong, raise XL_CODER_VERSION and CODER_VERSION."""
    model = NativeModel(Checkpoint.load(make_model(width=96, layers=3, context=40)))
    memory = Memory(make_memory(BOOK))
    coder = NativeCoder(model.library, model.handle, mixed=True, memory=memory)
    code = coder.encode("夫百病之生也，太阳之为病，脉浮".encode("gb18030") * 3) + coder.finish()
    found = (code[:8].hex(), code[-8:].hex(), memory.digest[:8].hex())
    assert (CODER_VERSION, *found) == (
        1,
        "5763663db2461c01",
        "dbf0a7339d438299",
        "812436cce3725df0",
    )
