"""All runs of the study, one after another; what is there already is not run again.

    nice python -m benchmarks.study.pairs --data DATA --out runs/pairs

A run is a process of one thread. The base reads `--characters`; another run reads what the same
processor time allows it, by its measured cost (`cost.py`). The rows are collected in
`results.csv`, from which `report.py` makes the page.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import subprocess
import sys
from pathlib import Path

from benchmarks.study.pairs.variants import VARIANTS, Variant


def folder_of(out: Path, variant: Variant, seed: int) -> Path:
    """Return the folder of a run."""
    name = re.sub(r"[^a-z0-9]+", "-", f"{variant.torch and 'torch-'}{variant.name}".lower())
    return out / f"{name.strip('-')}-{seed}"


def collect(out: Path) -> int:
    """Write `results.csv` of the rows that are there, in the study's order; return their count."""
    paths = [folder_of(out, one, seed) / "row.json" for one in VARIANTS for seed in one.seeds]
    rows = [json.loads(path.read_text("utf-8")) for path in paths if path.exists()]
    if rows:
        with (out / "results.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return len(rows)


def main() -> None:
    """Run what is not there yet: all first seeds, then the second ones."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.study.pairs")
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--out", type=Path, default=Path("runs/pairs"))
    parser.add_argument("--characters", type=int, default=500_000, help="that the base reads")
    parser.add_argument("--torch-characters", type=int, default=250_000, help="with PyTorch")
    parser.add_argument("--only", default="", help="one question")
    args = parser.parse_args()
    runs = [(one, seed) for one in VARIANTS for seed in one.seeds]
    failed = 0
    for variant, seed in sorted(runs, key=lambda run: run[1]):
        run = folder_of(args.out, variant, seed)
        if (run / "row.json").exists() or args.only not in {"", variant.question}:
            continue
        print("running", variant.name, seed, flush=True)
        usual = args.torch_characters if variant.torch else args.characters
        command = [sys.executable, "-m", "benchmarks.study.pairs.run", "--name", variant.name]
        command += ["--data", str(args.data), "--out", str(run), "--seed", str(seed)]
        command += ["--bytes", str(2 * usual)]
        failed += bool(subprocess.run(command, check=False).returncode)
        collect(args.out)
    print(f"{collect(args.out)} rows, {failed} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
