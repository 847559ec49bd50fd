"""Questions with choices, one JSON object a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from inference.errors import PromptError

LINE_BYTES: Final = 1 << 20
MOST: Final = 100_000


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its choices, and the index of the right one where it is known."""

    text: str
    choices: tuple[str, ...]
    answer: int | None


def read_questions(file: Path) -> list[Question]:
    """Read `{"question": text, "choices": [text, ...], "answer": "A"}` from every line.

    Empty lines are skipped; the answer, a letter, may be missing.

    Raises:
        PromptError: the file cannot be read, a line is not such an object or longer than 1 MiB,
            or there are none or more than 100,000. The sentence names file and line.
    """
    found: list[Question] = []
    number = 0
    try:
        with file.open("rb") as stream:
            while line := stream.readline(LINE_BYTES + 1):
                number += 1
                if len(line) > LINE_BYTES or len(found) == MOST:
                    raise PromptError(
                        f"{file}: line {number} is longer than {LINE_BYTES} bytes, or follows "
                        f"{MOST} questions; split the file"
                    )
                if line.strip():
                    found.append(_question(line, f"{file}: line {number}"))
    except OSError as error:
        raise PromptError(f"{file}: it cannot be read ({error.strerror})") from error
    except ValueError as error:  # a NUL in the name
        raise PromptError(f"{str(file)!r} is no file name ({error})") from error
    if not found:
        raise PromptError(f"{file}: it has no questions; write one JSON object a line")
    return found


def _question(line: bytes, place: str) -> Question:
    try:
        fields = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise PromptError(f"{place} is not JSON in UTF-8 ({error})") from error
    match fields:
        case {"question": str(text), "choices": list(choices)} if _are_texts(choices):
            return Question(text, tuple(choices), _answer(fields, len(choices), place))
    raise PromptError(f'{place} must be {{"question": text, "choices": [text, ...]}}')


def _are_texts(values: list[object]) -> bool:
    return all(isinstance(value, str) for value in values)


def _answer(fields: dict[str, object], choices: int, place: str) -> int | None:
    letter = fields.get("answer")
    if letter is None:
        return None
    if isinstance(letter, str) and len(letter) == 1 and 0 <= ord(letter) - ord("A") < choices:
        return ord(letter) - ord("A")
    last = chr(ord("A") + max(0, min(choices, 26) - 1))
    raise PromptError(f"{place}: answer is {letter!r}; it must be a letter from A to {last}")
