import unicodedata
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference.automaton import CODECS, FINISHED, FORBIDDEN, START, Automaton
from inference.errors import ConfigError
from inference.prompt import END

EVERY = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]

ORDINARY = {
    "ascii": (0x20, 0x7E),
    "newline": (0x0A, 0x0A),
    "latin": (0xA0, 0x24F),
    "greek and cyrillic": (0x391, 0x3A1),
    "punctuation": (0x2010, 0x2027),
    "joiner": (0x200D, 0x200D),
    "circled": (0x2460, 0x24FF),
    "symbols and dingbats": (0x2600, 0x27BF),
    "radicals": (0x2E80, 0x2E99),
    "cjk punctuation": (0x3000, 0x303F),
    "kana": (0x3041, 0x3096),
    "bopomofo": (0x3105, 0x312F),
    "cjk extension a": (0x3400, 0x4DB5),
    "cjk": (0x4E00, 0x9FA5),
    "hangul": (0xAC00, 0xD7A3),
    "cjk compatibility": (0xF900, 0xFA2D),
    "variation selectors": (0xFE00, 0xFE0F),
    "full width": (0xFF01, 0xFF5E),
    "emoji": (0x1F300, 0x1FAFF),
    "flags": (0x1F1E6, 0x1F1FF),
    "cjk extension b": (0x20000, 0x2A6D6),
    "cjk extension g": (0x30000, 0x3134A),
}


def states_after(automaton: Automaton, texts: list[str]) -> NDArray[np.int64]:
    """State after each of many one-character texts, from START."""
    table = np.full((256, 256), FORBIDDEN, np.uint8)
    table[: len(automaton.next)] = automaton.next
    codes = [text.encode(automaton.codec, "ignore") for text in texts]
    longest = max(map(len, codes))
    whole = b"".join(code.ljust(longest, b"\0") for code in codes)
    padded = np.frombuffer(whole, np.uint8).reshape(-1, longest)
    lengths = np.array([len(code) for code in codes])
    state = np.where(lengths > 0, START, FORBIDDEN)
    for place in range(longest):
        state = np.where(place < lengths, table[state, padded[:, place]], state)
    return state


@cache
def every_state(codec: str) -> NDArray[np.int64]:
    """State after each of EVERY."""
    return states_after(Automaton.for_codec(codec), EVERY)


def must_be_refused(character: str) -> bool:
    code = ord(character)
    return (
        (unicodedata.category(character) in {"Cc", "Co", "Cs", "Zl", "Zp"} and character != "\n")
        or unicodedata.bidirectional(character)
        in {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
        or code in {0x061C, 0x200E, 0x200F, 0xFEFF, 0xFFFD}
        or 0xFDD0 <= code <= 0xFDEF
        or (code & 0xFFFE) == 0xFFFE
    )


@pytest.fixture(scope="module", params=CODECS)
def automaton(request: pytest.FixtureRequest) -> Automaton:
    return Automaton.for_codec(request.param)


def test_table_is_small_and_cannot_be_changed(automaton: Automaton) -> None:
    assert automaton.next.dtype == np.uint8
    assert automaton.next.shape[1] == 256
    assert len(automaton.next) <= 48
    assert not automaton.next.flags.writeable
    targets = automaton.next[automaton.next != FORBIDDEN]
    assert targets.max() < len(automaton.next)


def test_nothing_follows_the_end(automaton: Automaton) -> None:
    assert (automaton.next[FINISHED] == FORBIDDEN).all()
    assert automaton.walk(END.encode(automaton.codec)) == FINISHED
    assert automaton.walk(("好" + END).encode(automaton.codec)) == FINISHED
    assert automaton.walk(("好" + END + "好").encode(automaton.codec)) == FORBIDDEN


def test_every_state_leads_somewhere(automaton: Automaton) -> None:
    for state in range(len(automaton.next)):
        assert state == FINISHED or (automaton.next[state] != FORBIDDEN).any()


def test_exactly_the_allowed_characters_pass_and_decode_to_themselves(automaton: Automaton) -> None:
    states = every_state(automaton.codec)

    passed = [EVERY[index] for index in np.flatnonzero(states == START)]
    assert not [c for c in passed if must_be_refused(c)]
    codes = [c.encode(automaton.codec) for c in passed]
    assert b"".join(codes).decode(automaton.codec, "strict") == "".join(passed)
    assert all(code.decode(automaton.codec) == c for code, c in zip(codes, passed, strict=True))
    # As many ways through the table as characters: it lets nothing else through.
    assert count_ways(automaton, START) == len(set(codes))
    assert count_ways(automaton, FINISHED) == 1


def count_ways(automaton: Automaton, goal: int) -> int:
    """Number of byte strings that lead from START to `goal` without passing START again."""
    ways = np.zeros(len(automaton.next), np.int64)
    ways[START] = 1
    found = 0
    for _ in range(4):
        after = np.zeros_like(ways)
        for state in np.flatnonzero(ways):
            for target in automaton.next[state]:
                if target != FORBIDDEN:
                    after[target] += ways[state]
        found += int(after[goal])
        after[[START, FINISHED]] = 0
        ways = after
    assert not ways.any()
    return found


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_text_is_accepted(automaton: Automaton, name: str) -> None:
    first, last = ORDINARY[name]
    assert (states_after(automaton, [chr(c) for c in range(first, last + 1)]) == START).all()


def test_same_characters_are_allowed_in_every_codec() -> None:
    allowed = [every_state(codec) == START for codec in CODECS]
    assert (allowed[0] == allowed[1]).all()
    assert (allowed[0] == allowed[2]).all()


@given(data=st.data(), codec=st.sampled_from(CODECS))
def test_any_walk_to_a_boundary_is_valid_text_without_controls(
    data: st.DataObject, codec: str
) -> None:
    automaton = Automaton.for_codec(codec)
    choices = data.draw(st.lists(st.integers(0, 255), max_size=60))
    state, walked = START, bytearray()
    for choice in choices:
        allowed = np.flatnonzero(automaton.next[state] != FORBIDDEN)
        if not len(allowed):
            break
        walked.append(allowed[choice % len(allowed)])
        state = int(automaton.next[state, walked[-1]])
    while state not in {START, FINISHED}:
        walked.append(int(np.flatnonzero(automaton.next[state] != FORBIDDEN)[-1]))
        state = int(automaton.next[state, walked[-1]])

    text = walked.decode(codec, "strict").removesuffix(END)

    assert not [c for c in text if must_be_refused(c)]


@given(text=st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E) | st.just("汤🍵"[0])))
def test_whole_stops_before_the_end(text: str) -> None:
    for codec in CODECS:
        data = text.encode(codec)
        assert Automaton.for_codec(codec).whole(data + END.encode(codec) + b"x") == len(data)


def test_whole_leaves_out_an_unfinished_character(automaton: Automaton) -> None:
    data = "汤🍵".encode(automaton.codec)
    assert automaton.whole(data) == len(data)
    assert automaton.whole(data[:-1]) == len("汤".encode(automaton.codec))


def test_unknown_codec_is_refused() -> None:
    with pytest.raises(ConfigError, match="codec is 'latin-1'"):
        Automaton.for_codec("latin-1")
