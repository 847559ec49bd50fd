import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.automaton import CODECS, Automaton
from inference.prompt import END
from inference.text import CharacterCutter

ALPHABET = "a汤\n🍵𠀀é，"


@given(
    text=st.text(ALPHABET, max_size=20),
    sizes=st.lists(st.integers(1, 7), min_size=1),
    codec=st.sampled_from(CODECS),
)
def test_parts_of_any_size_come_out_as_whole_characters(
    text: str, sizes: list[int], codec: str
) -> None:
    data = (text + END + "more").encode(codec)
    cutter = CharacterCutter(Automaton.for_codec(codec))

    out, begin = [], 0
    while begin < len(data):
        size = sizes[len(out) % len(sizes)]
        out.append(cutter.feed(data[begin : begin + size]))
        begin += size

    assert "".join(part.decode(codec) for part in out) == text


@pytest.mark.parametrize("codec", CODECS)
def test_unfinished_character_is_held_back(codec: str) -> None:
    cutter = CharacterCutter(Automaton.for_codec(codec))
    data = "汤".encode(codec)
    assert cutter.feed(data[:-1]) == b""
    assert cutter.feed(data[-1:]) == data


def test_nothing_comes_after_a_forbidden_byte() -> None:
    cutter = CharacterCutter(Automaton.for_codec("utf-8"))
    assert cutter.feed(b"a\x00b") == b"a"
    assert cutter.feed(b"c") == b""
