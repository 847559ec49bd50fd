"""A conversation in the terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from inference.engine import Engine
from inference.prompt import build_prompt
from inference.sampling import SamplingConfig

INTRODUCTION: Final = "/reset forgets what was said, /quit or Ctrl-D leaves.\n"


class Chat:
    """Asks, answers, and remembers as many turns as fit into the model's context."""

    def __init__(
        self,
        engine: Engine,
        sampling: SamplingConfig,
        ask: Callable[[], str],
        say: Callable[[str], None],
    ) -> None:
        """Set up.

        Args:
            engine: answers.
            sampling: of each reply; its seed goes up by one from turn to turn.
            ask: returns the next line of the user; EOFError ends the conversation.
            say: shows text.
        """
        self._engine = engine
        self._sampling = sampling
        self._ask = ask
        self._say = say
        self._history: list[tuple[str, str]] = []
        self._turns = 0

    def run(self) -> None:
        """Talk until the user leaves."""
        self._say(INTRODUCTION)
        while True:
            try:
                line = self._ask().strip()
            except EOFError:
                self._say("\n")
                return
            if line == "/quit":
                return
            if line == "/reset":
                self._history.clear()
            elif line:
                self._turn(line)

    def _turn(self, question: str) -> None:
        answer = ""
        sampling = replace(self._sampling, seed=(self._sampling.seed + self._turns) % 2**64)
        sequence = self._engine.submit(self._prompt(question), sampling)
        try:
            for part in sequence.stream():
                text = part.decode(self._engine.checkpoint.codec)
                answer += text
                self._say(text)
        except KeyboardInterrupt:
            sequence.cancel()
        self._say("\n")
        self._turns += 1
        self._history.append((question, answer))

    def _prompt(self, question: str) -> bytes:
        """Leave half of the context to the reply."""
        config = self._engine.checkpoint.config
        budget = max(16, config.context_bytes // 2)
        return build_prompt(self._history, question, codec=config.codec, budget_bytes=budget)
