"""All runs of the model study, one after another; rows that are there already are not run again.

    python -m benchmarks.study.plan --data DATA --out runs/study/results.jsonl

Runs go `--jobs` at a time, a thread each: two runs of one thread learn more bytes a second than
one run of two.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.study.architectures import CANDIDATES

WINNER = "sloped-ngram-192x5"
CODECS = ("utf-8", "utf-16-le")
FINAL_OPTIMIZER = "muon-adam-0.01"
# Of the classics, the dialogues and general Chinese.
SHARES = ((1.0, 0.0, 0.0), (0.9, 0.1, 0.0), (0.5, 0.4, 0.1))


@dataclass(frozen=True, slots=True)
class Run:
    """One row: the table it belongs to, and the flags of `benchmarks.study.run`."""

    study: str
    candidate: str = WINNER
    flags: dict[str, str] = field(default_factory=dict)

    def key(self) -> tuple[str, ...]:
        """Key that tells this run from the others."""
        return (self.study, self.candidate, *(f"{k}={v}" for k, v in sorted(self.flags.items())))


def runs(screen: int, recipe: int, long: int) -> Iterator[Run]:
    """Yield every run.

    Args:
        screen: bytes to screen an architecture or a codec with.
        recipe: bytes to compare two ways of training the winner with.
        long: bytes for the finalists.
    """
    for candidate in CANDIDATES:
        yield Run("architecture", candidate, {"bytes": str(screen)})
    few = {"bytes": str(recipe)}
    yield Run("base", flags=few)  # stands in each of the tables that follow
    for optimizer in ("muon-0.01", "muon-0.04", "muon-adam-0.01"):
        yield Run("optimizer", flags=few | {"optimizer": optimizer})
    for optimizer in ("adamw", "adamw-0.006", "tiger", "tiger-0.0003"):
        yield Run("optimizer", flags=few | {"optimizer": optimizer})
    for codec in CODECS:
        yield Run("codec", flags=few | {"codec": codec})
    for schedule in ("wsd", "cosine", "constant"):
        yield Run("schedule", flags=few | {"schedule": schedule, "ema": "0.98"})
    for batch in ("2048", "8192"):
        yield Run("batch", flags=few | {"batch": batch})
    for curriculum in ("128", "512", "128,256,512"):
        yield Run("window", flags=few | {"curriculum": curriculum})
    for shares in SHARES:
        names = ("classics.train", "dialogue.train", "general-zh.train")
        mix = json.dumps({name: share for name, share in zip(names, shares, strict=True) if share})
        yield Run("mixture", flags=few | {"shares": mix})
    final = {"bytes": str(long), "optimizer": FINAL_OPTIMIZER}
    for candidate in (WINNER, "steep-wygpt-192x7-h4"):
        for seed in ("1", "2"):
            yield Run("finalists", candidate, final | {"seed": seed})
    yield Run("finalists", flags=final | {"seed": "1", "codec": "utf-16-le"})


def main() -> None:
    """Run what is not there yet."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.study.plan")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("runs/study/results.jsonl"))
    parser.add_argument("--screen", type=int, default=600_000, help="bytes for an architecture")
    parser.add_argument("--recipe", type=int, default=400_000, help="bytes for a way to train")
    parser.add_argument("--long", type=int, default=1_500_000, help="bytes of a finalist")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time, a thread each")
    parser.add_argument("--only", default="", help="one table")
    args = parser.parse_args()
    lines = args.out.read_text("utf-8").splitlines() if args.out.exists() else []
    done = {tuple(json.loads(line)["key"]) for line in lines}
    todo = [
        run
        for run in runs(args.screen, args.recipe, args.long)
        if run.key() not in done and args.only in {"", run.study}
    ]

    def start(run: Run) -> int:
        flags = [part for name, value in run.flags.items() for part in (f"--{name}", value)]
        command = [sys.executable, "-m", "benchmarks.study.run", "--data", str(args.data)]
        command += ["--candidate", run.candidate, "--study", run.study, "--out", str(args.out)]
        print("running", *run.key(), flush=True)
        return subprocess.run(
            [*command, "--key", json.dumps(run.key()), *flags], check=False
        ).returncode

    with ThreadPoolExecutor(args.jobs) as pool:
        failed = sum(map(bool, pool.map(start, todo)))
    print(f"{len(todo) - failed} runs done, {failed} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
