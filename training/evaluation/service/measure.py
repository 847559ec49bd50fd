"""Every measure of the service in one run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from knowledge.learn.rows import learn_rows
from knowledge.library import LibraryError, build
from training.errors import DataError
from training.evaluation.service.asking import Asking, Reply, Service
from training.evaluation.service.cells import measure_cells
from training.evaluation.service.figures import Figure, Skipped
from training.evaluation.service.kinds import (
    FILES,
    QUESTIONS,
    measure_held_out_topics,
    measure_held_out_wordings,
    measure_lacking,
    measure_list,
    measure_own_sentences,
    measure_variants,
)
from training.evaluation.service.quotations import measure_quotations
from training.evaluation.service.times import measure_times
from training.reader.recipe import read_knowledge

ACCOUNT = "tcm"
_EVERYDAY = next(iter(FILES))


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures, and the replies that they were taken from.

    Attributes:
        figures: in the order of the table.
        replies: to everyday questions and held-out topics, follow-ups and refusals.
    """

    figures: tuple[Figure, ...]
    replies: tuple[Reply, ...]


def measure_service(
    model: Path,
    account: str,
    how: Asking,
    *,
    questions: Path | None = None,
    books: Sequence[Path] = (),
) -> Measured:
    """Take every measure of the service.

    Args:
        model: its folder.
        account: a name under `accounts/`, or a folder.
        how: to draw drafts.
        questions: folder of the account's lists; None: those that come with `tcm`, for `tcm`.
        books: that a library is built from; () leaves quotations out.

    Raises:
        DataError: a file cannot be used.
        EngineError: the model cannot be opened.
    """
    if questions is None and account == ACCOUNT:
        questions = QUESTIONS
    with Service(model, account, how) as service:
        run = _Run(service, questions)
        figures = tuple(run.figures())
    return Measured((*figures, *_quotations(model, account, how, books, run)), tuple(run.replies))


class _Run:
    """One pass over all kinds."""

    def __init__(self, service: Service, questions: Path | None) -> None:
        self._service, self._questions = service, questions
        self._knowledge = read_knowledge(service.folder)
        self.replies: list[Reply] = []
        self.plain: list[str] = []

    def figures(self) -> Iterator[Figure]:
        """Yield the figures, kind by kind."""
        parts = (
            *(self._lists, self._cells, self._lacking, self._variants),
            *(self._topics, self._wordings, self._times),
        )
        for part in tqdm(parts, desc="service", disable=None, leave=False):
            yield from part()

    def _lists(self) -> Iterator[Figure]:
        for name, (label, floor) in FILES.items():
            path = self._questions / name if self._questions is not None else None
            if path is None or not path.exists():
                yield Skipped(label, f"no {name}; name its folder with --questions")
                continue
            asked = measure_list(self._service, path, label, floor)
            self.replies += asked.replies
            if name == _EVERYDAY:
                self.plain = [reply.turns[0] for reply in asked.replies]
            yield asked.share

    def _cells(self) -> Iterator[Figure]:
        yield from measure_cells(self._service)

    def _lacking(self) -> Iterator[Figure]:
        yield measure_lacking(self._service, self._knowledge)

    def _variants(self) -> Iterator[Figure]:
        yield from measure_variants(self._service, self.plain)

    def _topics(self) -> Iterator[Figure]:
        asked = measure_held_out_topics(self._service, self._knowledge)
        self.replies += asked.replies
        self.plain += [reply.turns[0] for reply in asked.replies]
        yield asked.share
        yield from measure_own_sentences(self.replies)

    def _times(self) -> Iterator[Figure]:
        yield from measure_times(self._service, self.replies)

    def _wordings(self) -> Iterator[Figure]:
        """Learn an encoder without them, which takes a minute or two of one core."""
        yield from measure_held_out_wordings(
            self._knowledge, lambda notes: learn_rows(notes, say=lambda _: None)
        )


def _quotations(
    model: Path, account: str, how: Asking, books: Sequence[Path], run: _Run
) -> Iterator[Figure]:
    """Yield the figure of quotations, with a library that is built for it."""
    if not books:
        yield Skipped("quotations that stand so in the book", "no library; name its --books")
        return
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "books.library"
        try:
            build(library, list(books))
        except LibraryError as error:
            raise DataError(str(error)) from error
        with Service(model, account, how, library) as service:
            yield measure_quotations(service, books, run.plain)
