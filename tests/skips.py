"""A plugin of pytest: every skip has a reason that docs/testing.md lists, and there are few.

Where CI is set a run that skips for another reason, or too much, fails; elsewhere it says so. Cases
for a GPU are one skip a file where there is none, which says how many it stands for.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

MOST = 60
"""A run of everything skips fewer than this."""
PAGE = Path(__file__).resolve().parents[1] / "docs" / "testing.md"
GPUS = (Path("/dev/nvidiactl"), Path("/dev/dxg"))


def listed_reasons(page: str) -> list[str]:
    """The patterns of the table of reasons: what stands in the first cell of a row, as code."""
    table = page.partition("## What may be skipped")[2]
    rows = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    return [row.replace(r"\|", "|") for row in rows]


def unlisted(reasons: list[str], patterns: list[str]) -> list[str]:
    """Those that no pattern matches as a whole."""
    return [reason for reason in reasons if not any(re.fullmatch(p, reason) for p in patterns)]


def one_for_each_file(items: list[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Skip the first case for a GPU of each file; return what stays and what it stands for."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("gpu"):
            files.setdefault(item.path, []).append(item)
    for cases in files.values():
        reason = f"no GPU: stands for {len(cases)} of this file's cases"
        cases[0].add_marker(pytest.mark.skip(reason=reason))
    spare = {item for cases in files.values() for item in cases[1:]}
    return [item for item in items if item not in spare], list(spare)


class Skips:
    """Counts what one run skips, in the process that reports."""

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict
        self.reasons: list[str] = []

    def faults(self) -> list[str]:
        """Sentences about what is wrong with what was skipped."""
        other = unlisted(self.reasons, listed_reasons(PAGE.read_text("utf-8")))
        said = [f"skipped for a reason that docs/testing.md does not list: {one}" for one in other]
        if len(self.reasons) >= MOST:
            said.append(f"{len(self.reasons)} tests were skipped; fewer than {MOST} may be")
        return said

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if (
            report.skipped
            and isinstance(report.longrepr, tuple)
            and not hasattr(report, "wasxfail")
        ):
            self.reasons.append(str(report.longrepr[2]).removeprefix("Skipped: "))

    pytest_runtest_logreport = _note
    pytest_collectreport = _note

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        if any(path.exists() for path in GPUS):
            return
        items[:], spare = one_for_each_file(items)
        if spare:
            config.hook.pytest_deselected(items=spare)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self.strict and exitstatus == pytest.ExitCode.OK and self.faults():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for sentence in self.faults():
            terminalreporter.write_line(sentence, red=self.strict, yellow=not self.strict)
