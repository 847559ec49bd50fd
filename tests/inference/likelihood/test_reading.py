import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.engine import Engine, EngineConfig
from inference.errors import BackendError, PromptError
from inference.likelihood.reading import Reader, checked_answers, checked_text, shares

CODECS = ("gb18030", "utf-8", "utf-16-le")
texts = st.text("桂枝汤a🍵。", max_size=40)


@pytest.mark.parametrize("codec", CODECS)
def test_parts_of_a_text_add_up_to_the_whole(
    codec: str, open_engine: Callable[..., Engine]
) -> None:
    engine = open_engine(codec)
    reader = Reader(engine)
    whole = float(engine.score("桂枝汤方".encode(codec)).sum(dtype=np.float64))
    assert reader.log2("", "桂枝汤方") == pytest.approx(whole)
    assert reader.log2("", "桂枝") + reader.log2("桂枝", "汤方") == pytest.approx(whole, abs=1e-4)
    assert reader.log2("桂枝", "") == 0


@pytest.mark.parametrize("codec", CODECS)
@settings(max_examples=50)
@given(text=texts, budget=st.integers(-3, 90))
def test_cuts_are_the_longest_that_fit(
    codec: str, text: str, budget: int, open_engine: Callable[..., Engine]
) -> None:
    reader = Reader(open_engine(codec))
    ending, beginning = reader.ending(text, budget), reader.beginning(text, budget)
    assert text.endswith(ending)
    assert text.startswith(beginning)
    for cut, more in (
        (ending, text[len(text) - len(ending) - 1 :]),
        (beginning, text[: len(beginning) + 1]),
    ):
        assert reader.size(cut) <= max(0, budget)
        assert cut == text or reader.size(more) > budget - 4


@given(st.lists(st.floats(-5000, 0), min_size=1, max_size=9))
def test_shares_sum_to_1_and_keep_the_order(bits: list[float]) -> None:
    found = shares(bits)
    assert found.dtype == np.float64
    assert found.sum() == pytest.approx(1)
    assert found.argmax() == np.argmax(bits) or found.max() == found[np.argmax(bits)]


def test_shares_are_powers_of_2() -> None:
    assert shares([-3000, -3001, -3001]).tolist() == [0.5, 0.25, 0.25]


def test_room_is_what_the_longest_leaves(engine: Engine) -> None:
    reader = Reader(engine)
    assert reader.room(["甘", "甘草"], "option") == 60
    assert reader.room(["甘" * 16], "option") == 32
    with pytest.raises(PromptError, match=r"an option has 34 bytes in gb18030; .* place for 32"):
        reader.room(["甘" * 17], "option")


def test_echo_has_no_model() -> None:
    with (
        Engine.open(Path(), EngineConfig(backend="echo")) as echo,
        pytest.raises(BackendError, match="take cpu or reference"),
    ):
        Reader(echo)


def test_text_loses_controls_and_outer_blanks() -> None:
    assert checked_text(" 甘\x02草\n", "text") == "甘草"
    with pytest.raises(PromptError, match="the text is empty"):
        checked_text(" \x03\n", "text")


@pytest.mark.parametrize(
    ("given_texts", "sentence"),
    [
        (["甘"], "1 options were given; give at least 2"),
        (["甘", " "], "option 2 is empty"),
        (["甘\x03", "苦"], "option 1 has the control character U+0003"),
        (["甘\n草", "苦"], "option 1 has the control character U+000A"),
        (["甘", "苦", " 甘"], "option 3 is there twice ('甘')"),
    ],
)
def test_answers_that_cannot_be_compared_are_refused(given_texts: list[str], sentence: str) -> None:
    with pytest.raises(PromptError, match=re.escape(sentence)):
        checked_answers(given_texts, "option", least=2)
