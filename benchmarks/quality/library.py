"""Build a library, and ask it: time, size, p50 and p95, and a page to judge by reading.

    python -m benchmarks.quality.library ../shared/data/classics.train.txt.xz --page page.txt

Times are of the processor, one thread, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.quality.library_questions import ELSEWHERE, POISONS, QUESTIONS, SAYINGS
from knowledge.library import Library, build, quote
from knowledge.library.cleaning import clean
from knowledge.library.sources import book_files, read_documents

ROUNDS = 3
STEP = 1000


def main() -> None:
    """Run everything that was asked for, and print a row for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("books", nargs="*", type=Path, help="books to build from")
    parser.add_argument("--library", type=Path, help="ask this one instead of building")
    parser.add_argument("--page", type=Path, help="write the passages found, to judge them")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = options.library or Path(folder) / "books.library"
        if options.library is None:
            measure_build(file, options.books)
        began = time.process_time()
        with Library(file, POISONS) as library:
            print(f"open, ms                  {1000 * (time.process_time() - began):10.1f}")
            lines = measure_answers(library)
            print(f"anonymous memory, MB      {anonymous_mb():10.1f}")
        measure_times(file)
        if options.books:
            verify(file, options.books)
    if options.page is not None:
        options.page.write_text("\n".join(lines), encoding="utf-8")


def measure_build(file: Path, books: list[Path]) -> None:
    """Build, and print what it took."""
    began = time.process_time()
    report = build(file, books)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"build, processor s        {time.process_time() - began:10.1f}")
    print(f"build, wall-clock s       {report.seconds:10.1f}")
    print(f"build, peak memory MB     {peak:10.1f}")
    print(f"size, MB                  {report.size / 1e6:10.1f}")
    for name in ("books", "characters", "passages", "headings", "facts"):
        print(f"{name:<26}{getattr(report, name):10,}")


def verify(file: Path, books: list[Path]) -> None:
    """Look for every passage in its source, character by character, and print how many stand so."""
    sources: dict[tuple[str, str, str], list[str]] = {}
    for path in book_files(books):
        for document in read_documents(path):
            first, _, text = document.text.partition("\n")
            cleaned = clean(document).book
            key = (cleaned.title, cleaned.author, cleaned.dynasty)
            sources.setdefault(key, []).append(text if "《" in first else document.text)
    right = total = 0
    with Library(file, ()) as library:
        for first in range(1, library.counts["passages"] + 1, STEP):
            for passage in library.passages(range(first, first + STEP)):
                key = (passage.book.title, passage.book.author, passage.book.dynasty)
                right += any(passage.text in text for text in sources[key])
                total += 1
    print(f"passages that stand so    {right:,} of {total:,}")


def measure_times(file: Path) -> None:
    """Print the times of all questions: of three rounds the best, each with empty caches."""
    rounds = []
    for _ in range(ROUNDS):
        with Library(file, POISONS) as library:
            library.find("阴阳", 1)  # connects
            find = [timed(lambda q=q, a=a: library.find(q, 3, a)) for q, a in QUESTIONS]
            oldest = [timed(lambda s=saying: library.oldest(s)) for saying, _ in SAYINGS]
            rounds.append((find, oldest))
    print_times("find", [min(times) for times in zip(*(find for find, _ in rounds), strict=True)])
    print_times("oldest", [min(times) for times in zip(*(old for _, old in rounds), strict=True)])


def measure_answers(library: Library) -> list[str]:
    """Ask all questions; prints what was found, returns the page to judge."""
    lines: list[str] = []
    answered = right = 0
    for question, also in QUESTIONS:
        found = library.find(question, 3, also)
        answered += bool(found)
        lines.append(f"\n## {question} {also or ''}")
        lines += [f"- {one.score:.0f} {one.chapter}·{one.section}: {quote(one)}" for one in found]
    for saying, title in SAYINGS:
        oldest = library.oldest(saying)
        right += oldest is not None and oldest.book.title == title
        lines.append(f"\n## {saying} ({title})\n- {quote(oldest) if oldest else 'nothing'}")
    refused = sum(not library.find(question) for question in ELSEWHERE)
    print(f"questions with a passage  {answered:6} of {len(QUESTIONS)}")
    print(f"sayings, expected book    {right:6} of {len(SAYINGS)}")
    print(f"from elsewhere, nothing   {refused:6} of {len(ELSEWHERE)}")
    return lines


def timed(ask: Callable[[], object]) -> float:
    """Return how long the processor works on one question, in milliseconds."""
    began = time.thread_time()
    ask()
    return 1000 * (time.thread_time() - began)


def print_times(name: str, times: list[float]) -> None:
    """Print p50, p95 and the longest, in milliseconds of the processor."""
    ordered = sorted(times)
    p50, p95 = ordered[len(ordered) // 2], ordered[int(0.95 * len(ordered))]
    print(f"{name}, ms: p50 {p50:.2f}  p95 {p95:.2f}  max {ordered[-1]:.2f}")


def anonymous_mb() -> float:
    """Return the memory of this process that no file backs."""
    rows = (
        Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        if os.name == "posix"
        else []
    )
    return next((int(row.split()[1]) / 1e3 for row in rows if row.startswith("RssAnon")), 0.0)


if __name__ == "__main__":
    main()
