"""Pages fit into a bubble, end at sentences, and carry their suffix."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shipped import AI_LABEL
from xinglin.wechat.pages import LIMIT_BYTES, paginate
from xinglin.wechat.replies import tap_link

LONG = st.text(alphabet="气血阴阳，。；！\nab 😀", min_size=1, max_size=900)


@given(LONG, st.integers(200, 2040), st.sampled_from(["", AI_LABEL]))
def test_pages_fit_and_together_are_the_text(text: str, limit: int, suffix: str) -> None:
    more = tap_link("更多", "继续")
    rest, pages = text, []
    while True:
        page, rest = paginate(rest, limit_bytes=limit, suffix=suffix, more=more)
        assert len(page.encode()) <= limit
        pages.append(page.removesuffix(f"\n{more}").removesuffix(f"\n{suffix}" if suffix else ""))
        if not rest:
            break
    assert "".join("".join(pages).split()) == "".join(text.split())


def test_pages_end_at_sentences_and_carry_the_label() -> None:
    page, rest = paginate("补气固表。" * 300, suffix=AI_LABEL, more=tap_link("更多", "继续"))

    assert page.split("\n")[0].endswith("。")
    assert AI_LABEL in page
    assert rest.startswith("补气")
    assert len(page.encode()) <= LIMIT_BYTES


def test_a_limit_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="limit_bytes"):
        paginate("字" * 100, limit_bytes=20, suffix=AI_LABEL)
