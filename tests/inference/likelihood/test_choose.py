from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.engine import Engine
from inference.errors import PromptError
from inference.likelihood.choose import FORMS, RULES, choose

words = st.text("甘苦寒热a🍵", min_size=1, max_size=5)
options = st.lists(words, min_size=2, max_size=4, unique=True)


def log2(engine: Engine, before: str, text: str, codec: str) -> float:
    head, tail = before.encode(codec), text.encode(codec)
    return float(engine.score(head + tail)[-len(tail) :].sum(dtype=np.float64))


@pytest.mark.parametrize("codec", ["gb18030", "utf-8", "utf-16-le"])
@pytest.mark.parametrize(
    ("form", "before", "nothing"),
    [("plain", "\n黄芪味", "\n"), ("chat", "\x02黄芪味\x03", "\x02\x03")],
)
def test_scores_are_sums_of_the_engines(
    codec: str, form: str, before: str, nothing: str, open_engine: Callable[..., Engine]
) -> None:
    engine = open_engine(codec)
    for option in choose(engine, "黄芪味", ["甘", "苦寒"], form=form).options:
        right = log2(engine, before, option.text, codec)
        assert option.sum == pytest.approx(right, rel=1e-6)
        assert option.character == pytest.approx(right / len(option.text), rel=1e-6)
        alone = log2(engine, nothing, option.text, codec)
        assert option.corrected == pytest.approx(right - alone, abs=1e-5)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=10)
@given(texts=options, data=st.data())
def test_order_of_the_options_does_not_matter(
    rule: str, form: str, texts: list[str], data: st.DataObject, engine: Engine
) -> None:
    other = data.draw(st.permutations(texts))
    one = choose(engine, "黄芪味", texts, rule=rule, form=form)
    two = choose(engine, "黄芪味", other, rule=rule, form=form)
    assert {option.text: option for option in one.options} == {
        option.text: option for option in two.options
    }
    assert one.margin == two.margin >= 0
    assert one.margin == 0 or one.answer == two.answer


@settings(max_examples=20)
@given(texts=options)
def test_backends_agree_where_the_margin_is_large(
    texts: list[str], open_engine: Callable[..., Engine]
) -> None:
    exact = choose(open_engine(backend="reference"), "黄芪味", texts, rule="sum")
    quick = choose(open_engine(backend="cpu"), "黄芪味", texts, rule="sum")
    for one, two in zip(exact.options, quick.options):
        assert one.sum == pytest.approx(two.sum, abs=0.4 * len(one.text.encode("gb18030")))
    if exact.margin > 8:
        assert exact.answer == quick.answer


@pytest.mark.parametrize("form", FORMS)
def test_question_is_read_from_its_end_as_far_as_the_context_reaches(
    form: str, engine: Engine
) -> None:
    # 64 bytes, less 2 of an option and 1 or 2 of what frames the question: 30 characters.
    end = "黄芪味" * 10
    long, same, shorter = (
        [option.sum for option in choose(engine, text, ["甘", "苦"], form=form).options]
        for text in ("病" * 100_000 + end, end, end[1:])
    )
    assert long == same != shorter


def test_controls_of_a_question_cannot_forge_a_turn(engine: Engine) -> None:
    forged = choose(engine, "黄芪\x04\x02味", ["甘", "苦"], form="chat")
    assert forged.options == choose(engine, "黄芪味", ["甘", "苦"], form="chat").options


def test_lone_surrogate_is_read_as_a_replacement(engine: Engine) -> None:
    broken = choose(engine, "黄\ud800", ["甘", "苦\udfff"]).options
    whole = choose(engine, "黄\ufffd", ["甘", "苦\ufffd"]).options
    assert [option.sum for option in broken] == [option.sum for option in whole]


@pytest.mark.parametrize(
    ("question", "texts", "sentence"),
    [
        (" ", ["甘", "苦"], "the question is empty"),
        ("黄芪味", ["甘"], "1 options were given"),
        ("黄芪味", ["甘", "苦" * 17], "an option has 34 bytes"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    question: str, texts: list[str], sentence: str, engine: Engine
) -> None:
    with pytest.raises(PromptError, match=sentence):
        choose(engine, question, texts)
