import json

import numpy as np
import pytest

from inference.config import EngineConfig
from inference.engine import Engine
from training.errors import DataError
from training.evaluation.exam import (
    Question,
    exam_sentence,
    option_scores,
    read_questions,
    take_exam,
)


@pytest.fixture
def engine(model):
    with Engine.open(model, EngineConfig(backend="reference")) as engine:
        yield engine


def write(path, *records):
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return path


def test_questions_are_read(tmp_path):
    record = {"question": "肾在液为", "choices": ["唾", "泪"], "answer": "B"}

    assert read_questions(write(tmp_path / "q", record)) == [Question("肾在液为", ("唾", "泪"), 1)]


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ({"question": "?", "choices": ["a", "b"], "answer": "C"}, "one of them as answer"),
        ({"question": "?", "choices": ["a"], "answer": "A"}, "two choices"),
        ({"question": "?", "choices": ["a", ""], "answer": "A"}, "two choices"),
        ({"question": "?", "choices": ["a", "b"], "answer": "1"}, "line 1"),
        ({"question": "?", "choices": ["a", "b"], "answer": ""}, "line 1"),
        ({"question": "?", "choices": ["a", "b"], "answer": "AB"}, "line 1"),
        ({"question": "?", "choices": ["a", "b"]}, "line 1"),
        ([1], "line 1"),
    ],
)
def test_a_line_that_is_no_question_is_refused(record, sentence, tmp_path):
    with pytest.raises(DataError, match=sentence):
        read_questions(write(tmp_path / "q", record))


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="holds no question"):
        read_questions(write(tmp_path / "q"))


def test_an_option_is_scored_by_its_characters_after_the_question(engine):
    question = Question("肾在液为", ("唾", "鼻涕"), 0)

    scores = option_scores(engine, question)

    before = len("肾在液为".encode("gb18030"))
    whole = engine.score("肾在液为鼻涕".encode("gb18030")).astype(np.float64)
    assert scores[1] == pytest.approx(whole[before:].sum() / 2, rel=1e-6)


def test_an_exam_counts_right_answers_against_chance(engine):
    first = Question("肾在液为", ("唾", "泪", "涎", "尿"), 0)
    best = int(np.argmax(option_scores(engine, first)))
    right = Question(first.text, first.choices, best)
    wrong = Question(first.text, first.choices, (best + 1) % 4)

    found = take_exam(engine, [right, wrong])

    assert (found["right"], found["questions"], found["accuracy"]) == (1, 2, 0.5)
    assert found["chance"] == 0.25
    assert found["is_chance"]
    assert exam_sentence(found).endswith("This is chance.")


def test_an_exam_all_right_is_no_chance(engine):
    first = Question("肾在液为", ("唾", "泪", "涎", "尿"), 0)
    best = int(np.argmax(option_scores(engine, first)))

    found = take_exam(engine, [Question(first.text, first.choices, best)] * 20)

    assert not found["is_chance"]
    assert "chance" not in exam_sentence(found)
