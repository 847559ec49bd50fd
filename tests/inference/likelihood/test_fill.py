import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.engine import Engine
from inference.errors import ConfigError, PromptError
from inference.likelihood.fill import LONGEST, MOST_DRAWN, fill, split_at_blank

words = st.text("甘苦寒热a🍵", min_size=1, max_size=5)


@pytest.mark.parametrize("codec", ["gb18030", "utf-8", "utf-16-le"])
def test_candidates_stand_in_the_order_of_the_whole_texts_probability(
    codec: str, open_engine: Callable[..., Engine]
) -> None:
    engine = open_engine(codec)
    found = fill(engine, "草味__，平", ["甘", "苦", "酸咸"])

    right = {
        word: float(engine.score(f"\n草味{word}，平".encode(codec)).sum(dtype=np.float64))
        for word in ("甘", "苦", "酸咸")
    }
    assert {one.text: one.log2 for one in found} == pytest.approx(right)
    assert [one.log2 for one in found] == sorted(right.values(), reverse=True)
    for one in found:
        assert one.probability == pytest.approx(
            1 / sum(2 ** (other - one.log2) for other in right.values())
        )


def test_one_candidate_is_certain(engine: Engine) -> None:
    assert [one.probability for one in fill(engine, "味_平", ["甘"])] == [1.0]


@settings(max_examples=20)
@given(candidates=st.lists(words, min_size=1, max_size=4, unique=True), data=st.data())
def test_order_of_the_candidates_does_not_matter(
    candidates: list[str], data: st.DataObject, engine: Engine
) -> None:
    found = fill(engine, "味_平", candidates)
    other = fill(engine, "味_平", data.draw(st.permutations(candidates)))
    assert {one.text: one.log2 for one in found} == {one.text: one.log2 for one in other}
    assert sum(one.probability for one in found) == pytest.approx(1)
    assert {one.text for one in found} == set(candidates)


def test_right_side_counts(engine: Engine) -> None:
    one, two = (
        {x.text: x.probability for x in fill(engine, f"味_{right}", ["甘", "苦"])}
        for right in ("平", "寒热")
    )
    assert one["甘"] != pytest.approx(two["甘"], rel=1e-3)


def test_blank_may_stand_at_either_end(engine: Engine) -> None:
    assert len(fill(engine, "_味平", ["甘", "苦"])) == 2
    assert len(fill(engine, "味平_", ["甘", "苦"])) == 2


def test_long_text_is_read_around_the_blank(engine: Engine) -> None:
    # 64 bytes, less 2 of the candidate and 1 of the beginning: 15 characters on either side.
    left, right = "黄芪味甘" * 4, "平性温热" * 4
    long = fill(engine, "病" * 50_000 + left + "_" + right + "病" * 50_000, ["甘", "苦"])
    assert long == fill(engine, left[-15:] + "_" + right[:15], ["甘", "苦"])
    one_sided = fill(engine, "病" * 50_000 + left * 2 + "_。", ["甘", "苦"])
    assert one_sided == fill(engine, (left * 2)[-29:] + "_。", ["甘", "苦"])


@pytest.mark.parametrize("text", ["桂枝_之", "_，主之", "桂枝汤_"])
def test_candidates_are_drawn_where_none_are_given(text: str, engine: Engine) -> None:
    found = fill(engine, text, samples=30, seed=5)
    right = text.partition("_")[2]
    assert found == fill(engine, text, samples=30, seed=5)
    assert found != fill(engine, text, samples=30, seed=500)
    assert sum(one.probability for one in found) == pytest.approx(1)
    assert 1 < len(found) <= MOST_DRAWN
    for one in found:
        assert 1 <= len(one.text) <= LONGEST
        assert not re.search(r"[\s，。\x00-\x1f]", one.text)
        assert not right or right[0] not in one.text[1:]


@pytest.mark.parametrize(
    ("text", "blank", "parts"),
    [
        ("甘____平", "_", ("甘", "平")),
        ("甘____平", "__", ("甘", "平")),
        ("甘（）平_", "（）", ("甘", "平_")),
        ("甘.*平", ".*", ("甘", "平")),
        ("\x02甘_\x03平 ", "_", ("甘", "平")),
        ("甘 _ 平", "_", ("甘 ", " 平")),
    ],
)
def test_text_is_split_at_its_blank(text: str, blank: str, parts: tuple[str, str]) -> None:
    assert split_at_blank(text, blank) == parts


@pytest.mark.parametrize(
    ("text", "options", "sentence"),
    [
        ("甘草", {}, "the text has no blank; write '_'"),
        ("甘_草_", {}, "the text has 2 blanks; fill them one after another"),
        ("__", {}, "nothing but a blank"),
        (" ", {}, "the text is empty"),
        ("甘_", {"blank": " "}, "the mark of the blank is empty"),
        ("甘_", {"candidates": [""]}, "candidate 1 is empty"),
        ("甘_", {"candidates": ["草\x04"]}, "candidate 1 has the control character U+0004"),
        ("甘_", {"candidates": ["草", "草"]}, "candidate 2 is there twice"),
        ("甘_", {"candidates": ["草" * 17]}, "an answer for the blank has 34 bytes"),
    ],
)
def test_what_cannot_be_filled_is_refused(
    text: str, options: dict[str, object], sentence: str, engine: Engine
) -> None:
    with pytest.raises(PromptError, match=re.escape(sentence)):
        fill(engine, text, **options)


@pytest.mark.parametrize("samples", [0, 1001])
def test_number_of_draws_has_a_range(samples: int, engine: Engine) -> None:
    with pytest.raises(ConfigError, match=f"samples is {samples}; it must be from 1 to 1000"):
        fill(engine, "甘_", samples=samples)
    with pytest.raises(ConfigError, match="seed is -1"):
        fill(engine, "甘_", seed=-1)
