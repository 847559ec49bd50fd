import re
from pathlib import Path

import pytest

from inference.errors import PromptError
from inference.likelihood.questions import LINE_BYTES, Question, read_questions

GOOD = b'{"question": "q", "choices": ["a", "b"]}'


def test_questions_are_read_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(
        '{"question": "味", "choices": ["甘", "苦"], "answer": "B", "more": 1}\n\n'
        '{"question": "性", "choices": ["寒", "热"]}',
        "utf-8",
    )
    assert read_questions(file) == [
        Question("味", ("甘", "苦"), 1),
        Question("性", ("寒", "热"), None),
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "it has no questions"),
        (b"\n \n", "it has no questions"),
        (b"\xff\n", "line 1 is not JSON in UTF-8"),
        (GOOD + b"\n{", "line 2 is not JSON in UTF-8"),
        (b"[" * 100_000, "line 1 is not JSON in UTF-8"),
        (b"9" * 5000, "line 1 is not JSON in UTF-8"),
        (b"[]", 'line 1 must be {"question": text'),
        (b'{"question": 1, "choices": []}', "line 1 must be"),
        (b'{"question": "q", "choices": ["a", 2]}', "line 1 must be"),
        (GOOD[:-1] + b', "answer": "C"}', "answer is 'C'; it must be a letter from A to B"),
        (GOOD[:-1] + b', "answer": 1}', "answer is 1; it must be a letter from A to B"),
        (b" " * (LINE_BYTES + 1), f"line 1 is longer than {LINE_BYTES} bytes"),
    ],
)
def test_file_that_cannot_be_used_is_named_with_its_line(
    content: bytes, sentence: str, tmp_path: Path
) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_bytes(content)
    with pytest.raises(PromptError, match=f"^{re.escape(str(file))}: .*{re.escape(sentence)}"):
        read_questions(file)


def test_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="nothing: it cannot be read"):
        read_questions(tmp_path / "nothing")
    with pytest.raises(PromptError, match="it cannot be read"):
        read_questions(tmp_path)
    with pytest.raises(PromptError, match="is no file name"):
        read_questions(Path("a\0b"))
