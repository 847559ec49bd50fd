"""A memory's continuations, against counting in the text itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from inference.compression.memory import Memory
from inference.compression.memory_index import MemoryIndex
from inference.compression.memory_walk import LONGEST, MemoryWalk

MakeMemory = Callable[..., Path]
FEW = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])

# Characters of 1, 2 and 4 bytes in each codec, often repeated.
TEXTS = st.text("ab\n汤头𠀀🍵é", min_size=1, max_size=60)


def bits(data: bytes) -> list[int]:
    return [byte >> place & 1 for byte in data for place in range(7, -1, -1)]


def follow(index: MemoryIndex, data: bytes) -> MemoryWalk:
    walk = MemoryWalk(index)
    for bit in bits(data):
        walk.look()
        walk.take(bit)
    walk.look()
    return walk


def counted(text: str, context: str, codec: str) -> tuple[int, int]:
    """Return how often the first bit after a context is 0 and 1; behind the text comes NUL."""
    whole = "\0" + text + "\0"
    found = [0, 0]
    for i in range(max(1, len(context)), len(whole)):
        if whole[:i].endswith(context):
            found[bits(whole[i].encode(codec))[0]] += 1
    return found[0], found[1]


@FEW
@given(text=TEXTS, query=TEXTS)
@example(text="a" * 60, query="aaaa")
@example(text="汤头汤头汤头", query="头汤头")
@pytest.mark.parametrize("codec", ["gb18030", "utf-8", "utf-16-le", "utf-16-be"])
def test_counts_are_those_of_the_text(
    codec: str, text: str, query: str, make_memory: MakeMemory
) -> None:
    index = Memory(make_memory(text, codec=codec)).index
    for said in (query, text):
        walk = follow(index, said.encode(codec))
        for n in range(min(LONGEST, len(said)) + 1):
            assert walk.counts[n] == counted(text, said[len(said) - n :], codec)


@pytest.mark.parametrize("codec", ["gb18030", "utf-8", "utf-16-le", "utf-16-be"])
def test_bits_of_a_character_leave_those_that_have_them(
    codec: str, make_memory: MakeMemory
) -> None:
    text = "桂枝汤，桂皮汤，桂枝汤，杏仁汤"
    walk = follow(Memory(make_memory(text, codec=codec)).index, "桂".encode(codec))
    for bit in bits("枝".encode(codec)):
        walk.look()
        assert walk.counts[1][bit] >= 2
        walk.take(bit)
    walk.look()
    assert walk.longest == 2
    assert sum(walk.counts[2]) == 2


def test_unknown_character_ends_all_contexts_until_it_is_over(make_memory: MakeMemory) -> None:
    index = Memory(make_memory("汤头歌诀" * 3)).index
    walk = follow(index, "汤头".encode("gb18030") + "龘".encode("gb18030")[:1])
    assert walk.longest >= -1
    for unknown in ("龘", "🍵", "z"):
        walk = follow(index, ("汤头" + unknown).encode("gb18030"))
        assert (walk.longest, walk.depth) == (0, 0)
        assert walk.counts[1] == (0, 0)


@FEW
@given(data=st.binary(max_size=40))
@pytest.mark.parametrize("codec", ["gb18030", "utf-8", "utf-16-le", "utf-16-be"])
def test_any_bytes_are_followed(codec: str, data: bytes, make_memory: MakeMemory) -> None:
    walk = follow(Memory(make_memory("abc汤头歌诀", codec=codec)).index, data)
    assert all(zero >= 0 and one >= 0 for zero, one in walk.counts)
    assert walk.depth < 32
