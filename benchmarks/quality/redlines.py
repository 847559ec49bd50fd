"""How often the safety rules stop what people ask.

    python -m benchmarks.quality.redlines FILE.jsonl

The file has a dialogue a line: {"turns": [{"role": "user", "text": ...}, ...]}. What stops an
ordinary question is a false alarm; only a reader can tell: `--show` prints the hits.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from xinglin.normal import compact
from xinglin.safety.rules import asks_prescription, concerns_a_body, find_danger


def user_turns(path: Path) -> Iterator[str]:
    """Yield what users wrote."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield from (t["text"] for t in json.loads(line)["turns"] if t["role"] == "user")


def verdict(text: str) -> str:
    """Return the name of the fixed answer, or "" when the model may answer."""
    if category := find_danger(text):
        return category.name
    return "prescription" if asks_prescription(text) else ""


def around(text: str) -> str:
    """Return the words that set a danger sign off, with some on each side."""
    category = find_danger(text)
    if category is None:
        return text[:60]
    plain = compact(text)
    match = category.pattern.search(plain)
    return plain[max(0, match.start() - 20) : match.end() + 20] if match else ""


def main() -> None:
    """Print how many user turns were stopped, by kind."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--show", action="store_true", help="print each hit with its words")
    arguments = parser.parse_args()
    texts = list(user_turns(arguments.file))
    found = Counter(verdict(text) for text in texts)
    stopped = sum(found.values()) - found[""]
    advised = sum(concerns_a_body(text) for text in texts if not verdict(text))
    print(f"{len(texts)} user turns, {stopped} stopped ({100 * stopped / len(texts):.2f} %)")
    for name, count in found.most_common():
        if name:
            print(f"  {name}: {count}")
    print(f"{advised} more are answered with advice to see a doctor")
    if arguments.show:
        for text in texts:
            if name := verdict(text):
                print(f"{name}\t{around(text)}")


if __name__ == "__main__":
    main()
