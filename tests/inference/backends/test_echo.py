from pathlib import Path

import pytest

from inference.engine import Engine, EngineConfig, SamplingConfig
from inference.errors import EngineClosed
from inference.prompt import build_prompt

ECHO = EngineConfig(backend="echo")


def ask(engine: Engine, text: str, **options: int) -> str:
    codec = engine.checkpoint.codec
    prompt = build_prompt([("前", "后")], text, codec=codec, budget_bytes=4096)
    return engine.submit(prompt, SamplingConfig(**options)).result(1).text


@pytest.fixture
def engine() -> Engine:
    return Engine.open(Path("/nonexistent"), ECHO)


def test_it_answers_the_last_question_and_needs_no_model(engine: Engine) -> None:
    assert engine.backend == "echo"
    assert engine.checkpoint.name == "echo"
    assert ask(engine, "头疼\n🍵 怎么办") == "头疼\n🍵 怎么办"


def test_it_warns_when_it_is_opened(caplog: pytest.LogCaptureFixture) -> None:
    Engine.open(Path("/nonexistent"), ECHO)
    assert "it is no model" in caplog.text


def test_raw_text_is_answered_whole(engine: Engine) -> None:
    assert engine.submit("天地".encode()).result(1).text == "天地"


def test_long_text_is_cut_between_characters(engine: Engine) -> None:
    sequence = engine.submit("很好很好".encode(), SamplingConfig(max_bytes=4))
    assert sequence.result(1).text == "很好"
    assert sequence.result(1).finish == "length"
    assert b"".join(sequence.stream()) == "很好".encode()


def test_characters_that_no_reply_may_hold_are_left_out(engine: Engine) -> None:
    assert ask(engine, "甲\u202e乙\ufeff丙") == "甲乙丙"


def test_counts_and_close(engine: Engine) -> None:
    ask(engine, "一")
    assert (engine.stats().submitted, engine.stats().finished) == (1, 1)
    assert engine.stats().generated_bytes == 3
    assert engine.score(b"abc").tolist() == [-8.0] * 3
    engine.close()
    with pytest.raises(EngineClosed):
        ask(engine, "二")


def test_deadline_that_passed_gives_nothing(engine: Engine) -> None:
    assert engine.submit(b"x", deadline_s=0).result(1).finish == "deadline"
