"""The tables and the picture of the study of sampling rules."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

CHOSEN_BY = "distance"
COLUMNS = {
    "surprise": "bits/char",
    "js_1": "JS 1",
    "js_2": "JS 2",
    "js_3": "JS 3",
    "distance": "distance",
    "precision": "precision",
    "recall": "recall",
    "distinct_2": "distinct-2",
    "repeated": "rep-4",
}
Result = dict[str, Any]


def books_table(found: Result, best: dict[str, str]) -> str:
    """Return every setting on the reported half; a method's best is bold."""
    rows = [f"| rule | {' | '.join(COLUMNS.values())} |", f"|---|{'---:|' * len(COLUMNS)}"]
    for name, one in found.items():
        cells = [f"{one['reported'][column]:.3f}" for column in COLUMNS]
        shown = f"**{name}**" if name in best.values() else name
        rows.append(f"| {shown} | {' | '.join(cells)} |")
    return "\n".join(rows)


def best_table(found: Result, best: dict[str, str]) -> str:
    """Return each method at its best setting, nearest to people's text first, with intervals."""
    people = found["people"]["reported"]["surprise"]
    rows = ["| rule | distance (95 %) | surprise gap | precision (95 %) | distinct-2 (95 %) |"]
    rows.append("|---|---:|---:|---:|---:|")
    names = sorted(best.values(), key=lambda name: found[name]["reported"][CHOSEN_BY])
    for name in ["people", *names]:
        one = found[name]
        cells = [
            f"{one['reported'][key]:.3f} ({one['interval_95'][key][0]:.3f} to "
            f"{one['interval_95'][key][1]:.3f})"
            for key in (CHOSEN_BY, "precision", "distinct_2")
        ]
        gap = f"{one['reported']['surprise'] - people:+.2f}"
        rows.append(f"| {name} | {cells[0]} | {gap} | {cells[1]} | {cells[2]} |")
    return "\n".join(rows)


def matched_table(found: Result) -> str:
    """Return each method's precision where it is as varied as people's text.

    Between two settings of a method the line through them counts; a method whose settings all lie
    on one side is left out. So rules are compared, not how far each dial was turned.
    """
    wanted = found["people"]["reported"]["distinct_2"]
    matched = {
        method: precision
        for method, points in curves(found).items()
        if method != "people" and (precision := at_diversity(points, wanted)) is not None
    }
    rows = [f"| rule | precision at distinct-2 = {wanted:.3f} |", "|---|---:|"]
    rows += [
        f"| {method} | {precision:.3f} |"
        for method, precision in sorted(matched.items(), key=lambda item: -item[1])
    ]
    return "\n".join(rows)


def curves(found: Result) -> dict[str, list[tuple[float, float]]]:
    """Return (distinct-2, precision) of each method's settings, the least varied first."""
    points: dict[str, list[tuple[float, float]]] = {}
    for name, one in found.items():
        point = (one["reported"]["distinct_2"], one["reported"]["precision"])
        points.setdefault(name.partition(":")[0], []).append(point)
    return {method: sorted(line) for method, line in points.items()}


def at_diversity(points: list[tuple[float, float]], wanted: float) -> float | None:
    """Return the precision on the line through (distinct-2, precision) points, None beyond it."""
    for (x0, y0), (x1, y1) in pairwise(points):
        if x0 <= wanted <= x1 and x0 < x1:
            return y0 + (y1 - y0) * (wanted - x0) / (x1 - x0)
    return None


def answers_table(found: Result) -> str:
    """Return the measures of the answers."""
    rows = [
        "| rule | bits/char | ends | on topic (95 %) | distinct-2 | rep-4 | overused 4-gram "
        "| characters |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, one in found.items():
        low, high = one["on_topic_interval_95"]
        rows.append(
            f"| {name} | {one['surprise']:.2f} | {one['ended_share']:.0%} "
            f"| {one['on_topic']:.0%} ({low:.0%} to {high:.0%}) | {one['distinct_2']:.3f} "
            f"| {one['repeated_4gram_share']:.3f} | {one['overuses_gram_share']:.0%} "
            f"| {one['mean_characters']:.0f} |"
        )
    return "\n".join(rows)


def plot_quality(found: Result, path: Path) -> None:
    """Draw precision against distinct-2, a line a method, and where people's text lies."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axis = pyplot.subplots(figsize=(8, 5.5))
    for method, points in curves(found).items():
        marker, size = ("*", 14) if method == "people" else ("o", 6)
        x, y = zip(*points, strict=True)
        axis.plot(x, y, marker=marker, markersize=size, label=method, alpha=0.8)
    axis.set_xlabel("diversity: distinct-2 of characters")
    axis.set_ylabel("quality: share of 3-grams that stand in held-out text")
    axis.grid(alpha=0.3)
    axis.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=110, metadata={"Software": None})
    pyplot.close(figure)


def write_out(out: Path, results: Result) -> str:
    """Write JSON, tables and the picture; returns the tables."""
    books, best = results["books"], results["best"]
    tables = "\n\n".join(
        [
            "# Sampling rules: all tables",
            "## Each method at its best setting",
            best_table(books, best),
            "## Equally varied",
            matched_table(books),
            "## Every setting",
            books_table(books, best),
            "## Answers",
            answers_table(results["answers"]),
        ]
    )
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, ensure_ascii=False, indent=1)
    (out / "results.json").write_text(text + "\n", encoding="utf-8")
    (out / "tables.md").write_text(tables + "\n", encoding="utf-8")
    plot_quality(books, out / "quality-diversity.png")
    return tables
