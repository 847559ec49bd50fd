"""Choosing one of several answers to a question by their probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from inference.engine import Engine
from inference.likelihood.reading import START, Reader, checked_answers, checked_text
from inference.prompt import render_question

Rule = Literal["sum", "character", "corrected"]
RULES: tuple[Rule, ...] = get_args(Rule)
Form = Literal["plain", "chat"]
FORMS: tuple[Form, ...] = get_args(Form)


@dataclass(frozen=True, slots=True)
class Option:
    """One answer and what the model makes of it; bits, larger is more probable.

    Attributes:
        text: the answer.
        sum: log2 p(answer | question).
        character: `sum` divided by the answer's characters.
        corrected: `sum` less log2 p(answer | nothing asked): how much the question raises it.
    """

    text: str
    sum: float
    character: float
    corrected: float

    def by(self, rule: Rule) -> float:
        """Return the score that a rule looks at."""
        return {"sum": self.sum, "character": self.character, "corrected": self.corrected}[rule]


@dataclass(frozen=True, slots=True)
class Choice:
    """The options in the order they were given, and which one is best by a rule."""

    question: str
    options: tuple[Option, ...]
    rule: Rule
    form: Form

    @property
    def best(self) -> int:
        """Index of the best option; the first of equal ones."""
        return max(range(len(self.options)), key=lambda i: self.options[i].by(self.rule))

    @property
    def answer(self) -> str:
        """The best option's text."""
        return self.options[self.best].text

    @property
    def margin(self) -> float:
        """Lead of the best option over the second, in the rule's own unit."""
        second, first = sorted(option.by(self.rule) for option in self.options)[-2:]
        return first - second


def choose(
    engine: Engine,
    question: str,
    options: Sequence[str],
    *,
    rule: Rule = "corrected",
    form: Form = "plain",
) -> Choice:
    """Choose the answer that the model finds most probable.

    Args:
        engine: with a model. Each option costs two passes: over question and option, and over
            the option alone.
        question: read from its end backwards as far as the context reaches.
        options: at least two, all different.
        rule: which of an option's scores decides.
        form: `plain`: the option continues the question as text; `chat`: it answers it.

    Raises:
        PromptError: the question is empty, or the options cannot be compared.
        BackendError: the engine has no model.

    Source of `corrected`: Holtzman et al. 2021, "Surface Form Competition", arXiv:2104.08315.
    """
    reader = Reader(engine)
    question = checked_text(question, "question")
    texts = checked_answers(options, "option", least=2)
    before, nothing = _contexts(reader, question, reader.room(texts, "option"), form)
    found = []
    for text in texts:
        bits = reader.log2(before, text)
        corrected = bits - reader.log2(nothing, text)
        found.append(Option(text, bits, bits / len(text), corrected))
    return Choice(question, tuple(found), rule, form)


def _contexts(reader: Reader, question: str, room: int, form: Form) -> tuple[str, str]:
    """Return what stands before the answer, and the same with nothing asked."""
    if form == "plain":
        return START + reader.ending(question, room - reader.size(START)), START
    frame = render_question("")
    return render_question(reader.ending(question, room - reader.size(frame))), frame
