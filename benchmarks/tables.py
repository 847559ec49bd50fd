"""The tables of the pages, made of the measurements in `benchmarks/results/`.

    make bench && cp build/bench/engine.json benchmarks/results/
    python -m benchmarks.tables        # fills PAGES

A table stands between `<!-- table: NAME -->` and `<!-- end of table -->`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from benchmarks.engine.report import markdown, pairs_table, short_table, training_table

ROOT = Path(__file__).resolve().parent.parent
PAGES = tuple(
    ROOT / name
    for name in ("README.md", "README.zh.md", "docs/performance.md", "docs/model-families.md")
)
_TABLE = re.compile(r"(<!-- table: ([\w-]+) -->\n).*?(<!-- end of table -->)", re.DOTALL)


def tables() -> dict[str, str]:
    """Return every table by its name."""
    engine = _measured("engine")
    return {
        "engine": markdown(engine),
        "engine-short": short_table(engine),
        "engine-short-zh": short_table(engine, chinese=True),
        "pairs": pairs_table(_measured("pairs")),
        "training": training_table(_measured("training")),
    }


def filled(page: str) -> str:
    """Return a page with its tables as they were measured.

    Raises:
        KeyError: the page names a table that does not exist.
    """
    made = tables()
    return _TABLE.sub(lambda found: f"{found[1]}{made[found[2]]}\n{found[3]}", page)


def _measured(name: str) -> Any:
    return json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text("utf-8"))


def main() -> None:
    """Fill the pages."""
    for page in PAGES:
        page.write_text(filled(page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
