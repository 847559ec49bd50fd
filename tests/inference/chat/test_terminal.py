from collections.abc import Iterator
from pathlib import Path

import pytest

from inference.chat.terminal import INTRODUCTION, Chat
from inference.engine import Engine, EngineConfig, SamplingConfig


class Terminal:
    """Lines to be typed, and what was shown."""

    def __init__(self, *lines: str) -> None:
        self._lines = iter(lines)
        self.shown = ""

    def ask(self) -> str:
        for line in self._lines:
            return line
        raise EOFError

    def say(self, text: str) -> None:
        self.shown += text


@pytest.fixture
def echo() -> Iterator[Engine]:
    with Engine.open(Path(), EngineConfig(backend="echo")) as engine:
        yield engine


def talk(engine: Engine, *lines: str) -> tuple[Chat, str]:
    terminal = Terminal(*lines)
    chat = Chat(engine, SamplingConfig(max_bytes=40), terminal.ask, terminal.say)
    chat.run()
    return chat, terminal.shown.removeprefix(INTRODUCTION)


def test_every_line_is_answered_until_the_end_of_input(echo: Engine) -> None:
    assert talk(echo, "你好", "吃了吗")[1] == "你好\n吃了吗\n\n"


def test_quit_leaves(echo: Engine) -> None:
    assert talk(echo, "/quit", "你好")[1] == ""


def test_blank_lines_are_passed_over(echo: Engine) -> None:
    assert talk(echo, "", "  ", "好")[1] == "好\n\n"


def test_turns_are_remembered_until_reset(echo: Engine) -> None:
    assert talk(echo, "一", "二")[0]._history == [("一", "一"), ("二", "二")]
    assert talk(echo, "一", "/reset", "二")[0]._history == [("二", "二")]


def test_prompt_leaves_half_of_the_context(tiny_model: Path) -> None:
    with Engine.open(tiny_model, EngineConfig(backend="reference")) as engine:
        chat, _ = talk(engine, *("很长的问题" * 3, "再问") * 2)
        assert len(chat._prompt("最后的问题" * 10)) <= 16
