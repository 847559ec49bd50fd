"""Pages for owners are there in English and Chinese, and in step.

A page and its twin have the same sections with the same tables, settings and commands; what differs is
named with its heading, so that whoever changed one page sees what the other one lacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = (
    "account", "configuration", "console", "deployment", "faq", "law", "operations", "safety",
    "security", "start", "votes", "wechat",
)  # fmt: skip
ABRIDGED = ("knowledge",)
"""Pages whose Chinese one is for owners alone and leaves out how it is made."""

_SETTING = re.compile(r"\bXINGLIN_[A-Z_]+[A-Z]\b")
_SPAN = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^(#{1,6}) +(.+)$")
_PLACEHOLDER = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True)
class Section:
    """One heading with what stands below it, up to the next one.

    Attributes:
        title: of the heading; the two languages differ in it.
        level: 1 to 6.
        names: settings anywhere, and what is in code in the first cells of tables.
        rows: of tables.
        leads: paragraphs that begin in bold, such as symptoms and questions.
        blocks: of code.
        pictures: shown.
    """

    title: str = field(compare=False)
    level: int
    names: frozenset[str]
    rows: int
    leads: int
    blocks: int
    pictures: tuple[str, ...]

    def differences(self, other: Section) -> str:
        """Return what this one has that the other has not, and the other way round."""
        told = [f"only here: {', '.join(sorted(self.names - other.names))}"] * bool(
            self.names - other.names
        )
        if missing := sorted(other.names - self.names):
            told.append(f"missing here: {', '.join(missing)}")
        for name in ("level", "rows", "leads", "blocks", "pictures"):
            if getattr(self, name) != getattr(other, name):
                told.append(f"{name} {getattr(self, name)} beside {getattr(other, name)}")
        return "; ".join(told)


def read_sections(text: str) -> list[Section]:
    """Read a page's sections in their order."""
    parts: list[tuple[int, str, list[str]]] = []
    fenced = False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        heading = None if fenced else _HEADING.match(line)
        if heading:
            parts.append((len(heading[1]), heading[2], []))
        elif parts:
            parts[-1][2].append(line)
    return [_section(level, title, lines) for level, title, lines in parts]


def _section(level: int, title: str, lines: list[str]) -> Section:
    body = "\n".join(lines)
    rows = [line for line in lines if line.startswith("|")]
    first = [span for row in rows for span in _SPAN.findall(row.replace("\\|", "¦").split("|")[1])]
    blocks = sum(line.startswith("```") for line in lines) // 2
    blocks += len(re.findall(r"(?:\A|\n)\n*(?:    \S[^\n]*\n?)+", body))
    return Section(
        title,
        level,
        frozenset(_SETTING.findall(body)) | {_PLACEHOLDER.sub("", one).strip() for one in first},
        len(rows),
        sum(line.startswith("**") for line in lines),
        blocks,
        tuple(re.findall(r"!\[[^\]]*\]\(([^)]+)\)", body)),
    )


def told_apart(english: str, chinese: str) -> list[str]:
    """Return a sentence for each section that one of two pages has and the other lacks, or differs."""
    ours, theirs = read_sections(english), read_sections(chinese)
    found = []
    matched = SequenceMatcher(None, ours, theirs, autojunk=False)
    for what, a, b, c, d in matched.get_opcodes():
        if what == "equal":
            continue
        left, right = ours[a:b], theirs[c:d]
        for one, other in zip(left, right, strict=False):
            found.append(f"“{one.title}” / “{other.title}”: {one.differences(other)}")
        found += [f"“{one.title}” is in the English page alone" for one in left[len(right) :]]
        found += [f"“{one.title}” is in the Chinese page alone" for one in right[len(left) :]]
    return found


def both(page: str) -> tuple[str, str]:
    """Return the English and the Chinese text of a page."""
    english, chinese = DOCS / f"{page}.md", DOCS / f"{page}.zh.md"
    assert english.is_file(), f"docs/{page}.md is missing"
    assert chinese.is_file(), f"docs/{page}.zh.md is missing"
    return english.read_text("utf-8"), chinese.read_text("utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_and_its_twin_have_the_same_sections_and_names(page: str) -> None:
    english, chinese = both(page)

    assert len(read_sections(english)) > (0 if page in ("faq", "law", "configuration") else 3)
    assert told_apart(english, chinese) == [], f"docs/{page}.md and docs/{page}.zh.md differ"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_and_its_twin_name_the_same_settings_and_commands(page: str) -> None:
    english, chinese = both(page)
    command = re.compile(r"\bxinglin ((?:account |library |menu )?[a-z]+)")

    for kind in (_SETTING.findall, command.findall):
        ours, theirs = set(kind(english)), set(kind(chinese))
        assert sorted(ours ^ theirs) == [], f"docs/{page}.md and docs/{page}.zh.md name others"


def test_every_chinese_page_is_judged() -> None:
    there = {path.name.removesuffix(".zh.md") for path in DOCS.glob("*.zh.md")}

    assert there == {*PAGES, *ABRIDGED}


def test_a_section_that_is_missing_is_named_with_its_heading() -> None:
    """Shown on the real pages: without its section, a setting or a row, the drift is told."""
    english, chinese = both("operations")
    metrics = next(one for one in read_sections(english) if one.title == "Metrics")
    start = chinese.index("## 指标")
    end = chinese.index("## 按报警")

    without = told_apart(english, chinese[:start] + chinese[end:])
    renamed = told_apart(english, chinese.replace("| `xinglin_dead` |", "| `xinglin_gone` |"))
    shorter = told_apart(english, re.sub(r"\n\| `XinglinPaused`[^\n]*", "", chinese))

    assert metrics.rows > 50
    assert without == ["“Metrics” is in the English page alone"]
    assert renamed == ["“Metrics” / “指标”: only here: xinglin_dead; missing here: xinglin_gone"]
    assert len(shorter) == 1
    assert "XinglinPaused" in shorter[0]


def rows(page: Path, heading: str) -> Iterator[list[str]]:
    """Yield the figures of each row of the tables under a heading."""
    body = page.read_text("utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    assert body, f"{page.name} has no {heading}"
    for line in body.splitlines():
        if line.startswith("|") and "---" not in line:
            yield re.findall(r"\d+(?:[.,]\d+)*", line)


@pytest.mark.parametrize(("english", "chinese"), [("Measured", "实测"), ("How fast", "有多快")])
def test_the_readme_has_the_same_figures_in_both_languages(english: str, chinese: str) -> None:
    ours = list(rows(ROOT / "README.md", english))
    theirs = list(rows(ROOT / "README.zh.md", chinese))

    assert len(ours) > 5
    for row, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        assert one == other, f"row {row} of “{english}” / “{chinese}”"


def test_both_readmes_show_console_and_dashboard() -> None:
    for name in ("README.md", "README.zh.md"):
        text = (ROOT / name).read_text("utf-8")
        assert "](docs/images/console.png)" in text, name
        assert "](docs/images/dashboard.png)" in text, name


def test_memory_and_times_of_the_service_are_the_same_wherever_they_stand() -> None:
    """The README's row of memory and of reply times, in deployment and performance as well."""
    text = (ROOT / "README.md").read_text("utf-8")
    memory = re.search(r"memory, MiB: web / one worker / Redis \| ([\d /]+) \|", text)
    times = re.search(r"p50 (\d+) ms, p95 (\d+) ms", text)
    assert memory is not None
    assert times is not None

    web, worker, redis = memory[1].split(" / ")
    performance = " ".join((DOCS / "performance.md").read_text("utf-8").split())
    assert times[0] in performance
    assert f"memory web {web} MiB, worker {worker}, Redis {redis}." in performance
    p50, p95 = (f"{int(time) / 1000:.2f}" for time in times.groups())
    for name in ("deployment.md", "deployment.zh.md"):
        page = (DOCS / name).read_text("utf-8")
        assert f"| {memory[1]} MiB |" in page, name
        assert re.search(rf"p50 {re.escape(p50)} s[,，] ?p95 {re.escape(p95)} s", page), name
