"""The files that `evaluate --all` leaves, written anew from what was found and what was judged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from training.errors import DataError
from training.evaluation import report
from training.evaluation.dialogue import Sample
from training.evaluation.verdicts import FILE as VERDICTS
from training.evaluation.verdicts import Verdict, count_verdicts, read_verdicts, write_verdicts

FORMAT = "xinglin-evaluation-2"
REPORT_JSON, REPORT_PAGE, SAMPLES_PAGE = "report.json", "report.md", "samples.md"


def rewrite_pages(out: Path) -> None:
    """Write the pages of `out` again from its report.json and verdicts.json.

    Raises:
        DataError: one of them is missing or malformed.
    """
    path = out / REPORT_JSON
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found.get("format") != FORMAT:
            raise DataError(f"{path} has another format than {FORMAT}; run evaluate --all again")
        samples = [Sample(**one) for one in found.get("samples", [])]
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(f"{path} is no report ({error}); run evaluate --all first") from error
    write_pages(found, samples, read_verdicts(out / VERDICTS), out)


def write_pages(
    found: dict[str, Any], samples: Sequence[Sample], known: Mapping[str, Verdict], out: Path
) -> None:
    """Write the report as JSON and Markdown, the page of samples, and places for verdicts."""
    if samples:
        table = write_verdicts(out / VERDICTS, samples, known)
        found["verdicts"] = count_verdicts(samples, table)
        page = report.samples_page(found["model"]["name"], samples, table)
        (out / SAMPLES_PAGE).write_text(page, encoding="utf-8")
    text = json.dumps(found, ensure_ascii=False, indent=1)
    (out / REPORT_JSON).write_text(text + "\n", encoding="utf-8")
    (out / REPORT_PAGE).write_text(report.report_page(found), encoding="utf-8")
