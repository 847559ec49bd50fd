"""A reader's verdicts, kept by question and reply so that they outlive a rerun."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from training.data import read_text
from training.errors import DataError
from training.evaluation.dialogue import Sample

FILE = "verdicts.json"
VERDICTS = ("good", "fair", "poor")
_FIELDS = ("prompt", "reply", "verdict", "remark")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One reader's judgement.

    Attributes:
        prompt: the question.
        reply: what was judged.
        verdict: good, fair or poor; "" is not judged yet.
        remark: why.
    """

    prompt: str
    reply: str
    verdict: str = ""
    remark: str = ""


def verdict_key(prompt: str, reply: str) -> str:
    """Return what a verdict is kept under; another reply to the same question has another key."""
    return hashlib.sha256(f"{prompt}\0{reply}".encode()).hexdigest()[:16]


def read_verdicts(path: Path) -> dict[str, Verdict]:
    """Read the verdicts that were given; {} when there is no file.

    Raises:
        DataError: the file is not what `write_verdicts` writes, or a verdict is no known word.
    """
    if not path.exists():
        return {}
    try:
        records = json.loads(read_text(path))
        found = {key: Verdict(**{f: str(r[f]) for f in _FIELDS}) for key, r in records.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(
            f"{path} is not a table of verdicts ({error!r}); mend it, or remove it to start anew"
        ) from error
    for verdict in found.values():
        if verdict.verdict not in ("", *VERDICTS):
            raise DataError(
                f"{path}: the verdict on {verdict.prompt!r} is {verdict.verdict!r}; "
                f"it must be {', '.join(VERDICTS)} or empty"
            )
    return found


def write_verdicts(
    path: Path, samples: Sequence[Sample], known: Mapping[str, Verdict]
) -> dict[str, Verdict]:
    """Write a place for the verdict on each sample, and keep every verdict that was given.

    Returns:
        The same table: the samples first, in order, then verdicts on replies of other models.
    """
    table = {}
    for sample in samples:
        key = verdict_key(sample.prompt, sample.reply)
        table[key] = known.get(key, Verdict(sample.prompt, sample.reply))
    table |= {key: verdict for key, verdict in known.items() if verdict.verdict}
    records = {key: asdict(verdict) for key, verdict in table.items()}
    text = json.dumps(records, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8", errors="replace")
    return table


def count_verdicts(samples: Sequence[Sample], table: Mapping[str, Verdict]) -> dict[str, int]:
    """Return how many of the samples were judged so, and how many not at all."""
    counts = dict.fromkeys((*VERDICTS, "unjudged"), 0)
    for sample in samples:
        given = table.get(verdict_key(sample.prompt, sample.reply))
        counts[(given.verdict if given else "") or "unjudged"] += 1
    return counts
