import pytest

from inference.config import EngineConfig
from inference.engine import Engine
from training.evaluation.dialogue import (
    LONGEST,
    Asking,
    Sample,
    ask,
    measure_copies,
    measure_replies,
    measure_topic,
)
from training.evaluation.prompts import Prompt


@pytest.fixture
def engine(tmp_path):
    """Answers what it is asked, in lower case letters: a follow-up sees only its own turn."""
    with Engine.open(tmp_path, EngineConfig(backend="echo")) as engine:
        yield engine


def test_the_reply_to_the_last_question_of_a_conversation_counts(engine):
    told = []

    samples = ask(engine, [Prompt(("一", "二"), ()), Prompt(("三",), ())], Asking(), told.append)

    assert samples == [Sample("一 | 二", "二", True), Sample("三", "三", True)]
    assert sum(told) == 3


def test_the_next_question_comes_after_the_reply_before(model):
    with Engine.open(model, EngineConfig(backend="reference")) as engine:
        first, both = ask(engine, [Prompt(("一",), ()), Prompt(("一", "二"), ())], Asking())
        again = ask(engine, [Prompt(("一",), ()), Prompt(("一", "二"), ())], Asking())
        other = ask(engine, [Prompt(("一",), ())], Asking(seed=2))

    assert [first, both] == again
    assert other[0].reply != first.reply
    assert both.reply != first.reply


def test_a_long_reply_did_not_end_in_time(engine):
    (sample,) = ask(engine, [Prompt(("长" * (LONGEST + 1),), ())], Asking())

    assert len(sample.reply) <= LONGEST or not sample.ended


def test_replies_are_measured():
    prompts = [Prompt(("?",), ("黄芪",), "黄芪补气。"), Prompt(("?",), ())]
    samples = [Sample("?", "黄芪" * 8, True), Sample("?", "", False)]

    found = measure_replies(prompts, samples, Asking(seed=7))

    assert found["replies"] == 2
    assert found["ended_share"] == 0.5
    assert found["empty_share"] == 0.5
    assert found["valid_share"] == 1.0
    assert found["mean_characters"] == 8.0
    assert found["repeats_gram_share"] == 0.5
    assert found["distinct_1"] == 2 / 16
    assert found["on_topic"]["asked"] == 1
    assert found["on_topic"]["share"] == 1.0
    assert found["corpus"]["mean_characters"] == 5.0
    assert found["sampling"] == {"top_e": 1.0, "temperature": 0.7, "seed": 7, "drafts": 3}


def test_no_reply_is_on_topic_where_no_subject_is_asked_for():
    assert measure_topic([Prompt(("?",), ())], ["黄芪"])["asked"] == 0


def test_copies_are_counted_by_reply_and_by_character():
    assert measure_copies([0.0, 0.5]) == {"replies_share": 0.5, "characters_share": 0.25}
    assert measure_copies([]) == {"replies_share": 0.0, "characters_share": 0.0}
