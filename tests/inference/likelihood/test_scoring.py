import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from inference.engine import Engine, EngineConfig
from inference.errors import PromptError
from inference.likelihood.scoring import PIECE_BYTES, score_file

REFERENCE = EngineConfig(backend="reference")


class EvenScorer:
    """Half a byte of bits for each byte, and a note of what was fed."""

    def __init__(self) -> None:
        self.fed: list[bytes] = []
        self.closed = False

    def feed(self, data: bytes) -> np.ndarray:
        self.fed.append(data)
        return np.full(len(data), -4.0, np.float32)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def write(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        (tmp_path / "text.txt").write_bytes(content)
        return tmp_path / "text.txt"

    return write


def test_bits_are_counted_per_byte_of_each_kind(write: Callable[[bytes], Path]) -> None:
    scorer = EvenScorer()
    times = iter([1.0, 3.5])
    score = score_file(write("汤头a🍵".encode()), scorer, "gb18030", clock=lambda: next(times))

    assert (score.bytes, score.model_bytes, score.characters) == (11, 9, 4)
    assert score.bits == 36
    assert score.bits_per_byte == pytest.approx(36 / 11)
    assert score.bits_per_model_byte == 4.0
    assert score.bits_per_character == 9.0
    assert score.seconds == 2.5
    assert scorer.closed


def test_characters_across_pieces_stay_whole(write: Callable[[bytes], Path]) -> None:
    text = "a" + "汤🍵" * PIECE_BYTES
    scorer = EvenScorer()
    score = score_file(write(text.encode()), scorer, "utf-16-le")
    assert b"".join(scorer.fed).decode("utf-16-le") == text
    assert (score.bytes, score.characters) == (len(text.encode()), len(text))
    assert max(map(len, scorer.fed)) <= 2 * PIECE_BYTES + 8


def test_lines_are_scored_as_they_are(write: Callable[[bytes], Path]) -> None:
    scorer = EvenScorer()
    score_file(write(b"a\r\nb\rc\n"), scorer, "utf-8")
    assert scorer.fed == [b"a\r\nb\rc\n"]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"\xff", 0),
        (b"ab\xffcd", 2),
        ("好".encode() + b"\xe5\xa5", 3),
        (b"a" * PIECE_BYTES + b"\x80", PIECE_BYTES),
        (b"a" * (PIECE_BYTES - 1) + b"\xe5a", PIECE_BYTES - 1),
        (b"\xed\xa0\x80", 0),
    ],
)
def test_byte_that_is_not_utf_8_is_named(
    write: Callable[[bytes], Path], content: bytes, place: int
) -> None:
    scorer = EvenScorer()
    with pytest.raises(PromptError, match=rf"text.txt: byte {place} is not UTF-8"):
        score_file(write(content), scorer, "utf-8")
    assert scorer.closed


def test_empty_file_is_named(write: Callable[[bytes], Path]) -> None:
    with pytest.raises(PromptError, match=r"text.txt: it is empty"):
        score_file(write(b""), EvenScorer(), "utf-8")


def test_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="nothing: it cannot be read"):
        score_file(tmp_path / "nothing", EvenScorer(), "utf-8")
    with pytest.raises(PromptError, match="it cannot be read"):
        score_file(tmp_path, EvenScorer(), "utf-8")


def test_progress_goes_from_piece_to_piece_to_the_end(write: Callable[[bytes], Path]) -> None:
    seen = []
    score_file(
        write(b"x" * (PIECE_BYTES + 5)), EvenScorer(), "utf-8", lambda *now: seen.append(now)
    )
    total = PIECE_BYTES + 5
    assert seen == [(PIECE_BYTES, total), (total, total)]


def test_memory_does_not_grow_with_the_file(write: Callable[[bytes], Path]) -> None:
    class Silent(EvenScorer):
        def feed(self, data: bytes) -> np.ndarray:
            return np.zeros(len(data), np.float32)

    file = write(b"x" * 20_000_000)
    tracemalloc.start()
    score = score_file(file, Silent(), "gb18030")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert score.bytes == 20_000_000
    assert peak < 1_000_000


def test_score_is_that_of_the_whole_text_at_once(
    tiny_model: Path, write: Callable[[bytes], Path]
) -> None:
    text = "桂枝汤方：桂枝三两，芍药三两。\n" * 20
    with Engine.open(tiny_model, REFERENCE) as engine:
        score = score_file(write(text.encode()), engine.scorer(), "gb18030")
        right = -float(engine.score(text.encode("gb18030")).sum())
    assert score.bits == pytest.approx(right, rel=1e-4)
