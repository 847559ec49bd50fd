import pytest

from training.errors import DataError
from training.evaluation.prompts import Prompt, draw_prompts, read_prompts


def test_a_line_is_a_conversation(tmp_path):
    path = tmp_path / "prompts.txt"
    path.write_text("\n你好\n黄芪有什么功效？ | 还有呢？\n", encoding="utf-8")

    greeting, follow_up = read_prompts(path)

    assert greeting == Prompt(("你好",), ())
    assert follow_up.turns == ("黄芪有什么功效？", "还有呢？")
    assert follow_up.words[0] == "黄芪"
    assert follow_up.text == "黄芪有什么功效？ | 还有呢？"


def test_the_built_in_page_has_fifty_different_questions():
    prompts = read_prompts()

    assert len({prompt.text for prompt in prompts}) == len(prompts) == 50
    assert sum(bool(prompt.words) for prompt in prompts) >= 40
    assert sum(len(prompt.turns) > 1 for prompt in prompts) >= 3


def test_a_file_without_a_question_is_refused(tmp_path):
    (tmp_path / "prompts.txt").write_text(" \n\n")

    with pytest.raises(DataError, match="holds no question"):
        read_prompts(tmp_path / "prompts.txt")


def test_drawn_questions_are_different_and_the_same_for_a_seed(data):
    drawn = draw_prompts(data, 5, seed=3)

    assert sorted(prompt.text for prompt in drawn) == ["你好", "黄芪有什么用？"]
    assert draw_prompts(data, 5, seed=3) == drawn
    assert {prompt.text: prompt.known for prompt in drawn}["你好"] == "请说。"


def test_a_question_about_a_chapter_is_about_its_name(tmp_path):
    line = (
        '{"source": "classics-qa/formula/回生散/0", "turns": [{"role": "user", "text": "?"}, '
        '{"role": "assistant", "text": "《书》（宋·王）：治霍乱吐泻，但一点胃气存者。"}]}'
    )
    (tmp_path / "dialogue.valid.jsonl").write_text(line, encoding="utf-8")

    (prompt,) = draw_prompts(tmp_path, 1, seed=1)

    assert "回生散" in prompt.text
    assert prompt.words == ("回生散",)
