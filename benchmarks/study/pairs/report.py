"""The study's page of all runs.

    python -m benchmarks.study.pairs.report --results runs/pairs/results.csv --out docs

Writes `model-study-pairs.md` and keeps the rows as `model-study-pairs.csv`.
"""

from __future__ import annotations

import argparse
import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Final

Row = dict[str, str]
_BASES: Final = {"torch": "plain", "trained": "tcm-base, 8,192 bytes a step"}
_COLUMNS: Final = (
    *("seed", "parameters", "cost", "steps", "characters", "CPU s"),
    *("classics", "dialogue", "general", "mean", "beside"),
)
_INTRO: Final = """\
# Model study: all runs of the pair model

Bits a character on fixed windows; how they were made and what they say:
[model-study.md](model-study.md).
*Cost* is the processor time a byte beside the base's, *beside* the mean less that of the base (with
PyTorch of its plain row, for the trained model of its steps of 8,192 bytes) of the same seed: below
zero is better.
"""


def beside(row: Row, rows: Sequence[Row]) -> float | None:
    """Return how far the row's mean is from that of its base; None where that was not run."""
    name = _BASES.get(row["question"], "base")
    found = [one for one in rows if (one["name"], one["seed"]) == (name, row["seed"])]
    return float(row["mean"]) - float(found[0]["mean"]) if found else None


def summary(rows: Sequence[Row]) -> list[tuple[str, str, int, float, float]]:
    """Return question, name, seeds, mean bits and mean distance from the base of each variant."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["question"], row["name"]].append(row)
    found = []
    for (question, name), alike in groups.items():
        apart = [one for row in alike if (one := beside(row, rows)) is not None]
        mean = fmean(float(row["mean"]) for row in alike)
        found.append((question, name, len(alike), mean, fmean(apart) if apart else 0.0))
    return sorted(found, key=lambda one: one[-1])


def page(rows: Sequence[Row]) -> str:
    """Return the page: the ranking, then a table for each question, the best first."""
    parts = [_INTRO, *ranking(rows), ""]
    for question in dict.fromkeys(row["question"] for row in rows):
        parts += [f"| {question} | {' | '.join(_COLUMNS)} |"]
        parts += [f"| --- |{' ---: |' * len(_COLUMNS)}"]
        alike = [row for row in rows if row["question"] == question]
        parts += [_line(row, rows) for row in sorted(alike, key=lambda row: float(row["mean"]))]
        parts += [""]
    return "\n".join(parts)


def ranking(rows: Sequence[Row]) -> list[str]:
    """Return the table of all variants, the best first; of two seeds, their mean."""
    lines = ["| variant | question | seeds | mean | beside |", "| --- | --- | ---: | ---: | ---: |"]
    for question, name, seeds, mean, apart in summary(rows):
        lines.append(f"| {name} | {question} | {seeds} | {mean:.3f} | {apart:+.3f} |")
    return lines


def _line(row: Row, rows: Sequence[Row]) -> str:
    apart = beside(row, rows)
    cells = [
        *(row["name"], row["seed"], f"{int(row['parameters']):,}", row["cost_a_byte"]),
        *(row["steps"], f"{int(row['characters']):,}", f"{float(row['processor_seconds']):.0f}"),
        *(f"{float(row[name]):.3f}" for name in ("classics", "dialogue", "general-zh", "mean")),
        "" if apart is None else f"{apart:+.3f}",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Write the page and print the ranking."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.study.pairs.report")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("docs"))
    args = parser.parse_args()
    text = args.results.read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    (args.out / "model-study-pairs.md").write_text(page(rows), "utf-8")
    (args.out / "model-study-pairs.csv").write_text(text, "utf-8")
    print("\n".join(ranking(rows)))


if __name__ == "__main__":
    main()
