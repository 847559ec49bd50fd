"""Quotations of the service, looked up in the books that its library was built from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from knowledge.library.cleaning import clean
from knowledge.library.sources import book_files, read_documents
from training.evaluation.service.asking import Reply, Service
from training.evaluation.service.figures import Share, count

_QUOTED = re.compile("「(.+)」——《(.+?)》", re.DOTALL)
_COMMAND = "原文"


def measure_quotations(service: Service, books: Sequence[Path], asked: Iterable[str]) -> Share:
    """Ask, and for the original; each quotation must stand so in its book.

    Args:
        service: with a library of these books.
        books: files or folders.
        asked: questions.
    """
    replies = [
        reply
        for question in asked
        for reply in (service.ask(question), service.ask(question, _COMMAND))
        if _QUOTED.search(reply.text)
    ]
    texts = _texts(books)
    judged = [(one, _stands(one, texts), "as it stands in the book") for one in replies]
    return count("quotations that stand so in the book", judged, 1.0)


def _stands(reply: Reply, texts: dict[str, list[str]]) -> bool:
    found = _QUOTED.search(reply.text)
    return found is not None and any(found[1] in text for text in texts.get(found[2], ()))


def _texts(books: Sequence[Path]) -> dict[str, list[str]]:
    """Return the text of each book by its title."""
    texts: dict[str, list[str]] = {}
    for path in book_files(books):
        for document in read_documents(path):
            texts.setdefault(clean(document).book.title, []).append(document.text)
    return texts
