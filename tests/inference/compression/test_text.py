from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.compression.text import from_codec, pieces, to_codec


@settings(max_examples=50)
@given(st.one_of(st.binary(max_size=60), st.text(max_size=20).map(str.encode)), st.integers(4, 9))
def test_pieces_are_the_stream_and_the_last_says_so(data: bytes, size: int) -> None:
    found = list(pieces(io.BytesIO(data), size))
    assert b"".join(piece for piece, _ in found) == data
    assert [last for _, last in found] == [False] * (len(found) - 1) + [True]
    assert all(0 < len(piece) <= size for piece, _ in found) or found == [(b"", True)]


@settings(max_examples=50)
@given(st.text(max_size=40), st.integers(4, 9))
def test_text_is_cut_between_characters(text: str, size: int) -> None:
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return
    assert "".join(piece.decode() for piece, _ in pieces(io.BytesIO(data), size)) == text


@pytest.mark.parametrize("codec", ["gb18030", "utf-16-le"])
@pytest.mark.parametrize("text", ["", "桂枝汤\r\n\0", "\ufeffa", "é🍵𠀀", "\r", "\ue5e5\uffff"])
def test_text_goes_to_the_codec_and_back(text: str, codec: str) -> None:
    coded = to_codec(text.encode(), codec)
    assert coded is not None
    assert from_codec(coded, codec) == text.encode()


@pytest.mark.parametrize("data", [b"\xff", b"\xed\xa0\x80", b"\xe6\xa1", b"\xc0\x80", b"a\x80"])
def test_what_is_no_text_stays_bytes(data: bytes) -> None:
    assert to_codec(data, "gb18030") is None
    assert to_codec(data, "utf-16-le") is None
