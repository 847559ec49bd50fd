import re
from collections.abc import Callable

import numpy as np
import pytest

from inference.engine import Engine
from inference.errors import ConfigError, PromptError
from inference.likelihood.contrast import Terms
from inference.likelihood.judge import judge

TERMS = Terms((("甘", "苦", "辛", "酸", "咸"),))


def log2(engine: Engine, text: str, skip: str = "") -> float:
    found = engine.score(text.encode(engine.checkpoint.codec))
    return float(found[len(skip.encode(engine.checkpoint.codec)) :].sum(dtype=np.float64))


@pytest.mark.parametrize("codec", ["gb18030", "utf-8", "utf-16-le"])
def test_margin_is_against_the_mean_of_the_contradictions(
    codec: str, open_engine: Callable[..., Engine]
) -> None:
    engine = open_engine(codec)
    found = judge(engine, "芪味甘", ["芪味苦", "芪酸"])

    true, *false = (log2(engine, "\n" + text) for text in ("芪味甘", "芪味苦", "芪酸"))
    assert [one.margin for one in found.contrasts] == pytest.approx([true - one for one in false])
    assert found.margin == pytest.approx(true - np.log2(np.mean(np.exp2(false))))
    assert found.source == "given"


def test_correction_takes_off_what_needs_no_beginning(engine: Engine) -> None:
    plain = judge(engine, "芪味甘", ["芪味苦草"]).margin
    corrected = judge(engine, "芪味甘", ["芪味苦草"], method="corrected").margin
    rest = log2(engine, "\n甘") - log2(engine, "\n苦草")
    assert corrected == pytest.approx(plain - rest, abs=1e-4)


def test_texts_with_nothing_in_common_need_no_correction(engine: Engine) -> None:
    assert (
        judge(engine, "甘", ["苦"], method="corrected").margin == judge(engine, "甘", ["苦"]).margin
    )


def test_answer_is_measured_against_a_question_without_content(engine: Engine) -> None:
    found = judge(engine, "芪甘", method="answer", sure_bits=0)

    def lead(question: str) -> float:
        yes, no = (log2(engine, f"\x02{question}\x03{answer}") for answer in "对错")
        return yes - no

    assert found.margin == pytest.approx(lead("芪甘，对还是错？") - lead("对还是错？"), abs=1e-4)
    assert (found.source, found.contrasts[0].text) == ("answer", "错")
    assert (found.margin != 0, found.verdict) == (True, "unsure")


def test_verdict_follows_the_margin(engine: Engine) -> None:
    one, other = "芪味甘", "芪味苦"
    margin = judge(engine, one, [other]).margin
    assert judge(engine, other, [one]).margin == pytest.approx(-margin)
    verdicts = {judge(engine, a, [b], sure_bits=0).verdict for a, b in ((one, other), (other, one))}
    assert verdicts == {"true", "false"}
    assert judge(engine, one, [other], sure_bits=0).verdict == ("true" if margin > 0 else "false")
    assert judge(engine, one, [other], sure_bits=abs(margin) + 1).verdict == "unsure"


def test_contradictions_are_made_by_rule(engine: Engine) -> None:
    by_terms = judge(engine, "芪味甘", terms=TERMS)
    assert by_terms.source == "terms"
    assert [one.text for one in by_terms.contrasts] == ["芪味苦", "芪味辛", "芪味酸", "芪味咸"]


def test_denial_made_by_rule_gives_no_verdict(engine: Engine) -> None:
    found = judge(engine, "此方能用", sure_bits=0)
    assert (found.source, found.verdict) == ("denial", "unsure")
    assert [one.text for one in found.contrasts] == ["此方不能用"]
    assert judge(engine, "此方能用", ["此方不能用"], sure_bits=0).verdict != "unsure"


def test_backends_agree(open_engine: Callable[..., Engine]) -> None:
    margins = [
        judge(open_engine(backend=backend), "芪味甘", terms=TERMS).margin
        for backend in ("cpu", "reference")
    ]
    assert margins[0] == pytest.approx(margins[1], abs=0.6)


@pytest.mark.parametrize(
    ("text", "options", "sentence"),
    [
        ("\x02 ", {}, "the proposition is empty"),
        ("你好", {}, "no rule contradicts this proposition; give its contrary with --negation"),
        ("芪味甘", {"negations": ["芪味甘"]}, "a negation is the proposition itself"),
        ("芪味甘", {"negations": ["芪\x1c"]}, "negation 1 has the control character U+001C"),
        ("芪味甘", {"negations": ["芪"], "method": "answer"}, "leave the negations out"),
        (
            "味甘" * 16,
            {},
            "a sentence has 64 bytes in gb18030; the model's context has place for 63",
        ),
        ("味甘" * 16, {"method": "answer"}, "judge one short sentence at a time"),
    ],
)
def test_what_cannot_be_judged_is_refused(
    text: str, options: dict[str, object], sentence: str, engine: Engine
) -> None:
    with pytest.raises(PromptError, match=re.escape(sentence)):
        judge(engine, text, terms=TERMS, **options)


@pytest.mark.parametrize("sure_bits", [-1.0, float("nan")])
def test_threshold_has_a_range(sure_bits: float, engine: Engine) -> None:
    with pytest.raises(ConfigError, match=f"sure_bits is {sure_bits}"):
        judge(engine, "芪味甘", sure_bits=sure_bits)
