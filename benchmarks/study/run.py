"""Train one candidate of the model study and append what came of it to a file of JSON lines.

    python -m benchmarks.study.run --data DATA --candidate wygpt-192x7-h4 --bytes 1000000

Equal bytes of the same windows for all: a seed gives the same text in the same order.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.study.architectures import CANDIDATES, count_parameters
from benchmarks.study.optimizers import OPTIMIZERS, Average, rate_at
from training.batches import BatchSampler, Measure, measure_corpus
from training.data import Bytes, find_corpus, load_corpus

SHARES = {"classics.train": 0.70, "dialogue.train": 0.20, "general-zh.train": 0.10}
VALID = ("classics.valid", "dialogue.valid")
_VALID_ROWS = 32


def loss_of(forward: nn.Module, rows: Bytes) -> Tensor:
    """Return the mean loss in nats per byte."""
    data = torch.from_numpy(rows)
    logits = forward(data[:, :-1].contiguous())
    return functional.cross_entropy(logits.flatten(0, 1), data[:, 1:].flatten().long())


@torch.no_grad()
def measure(model: nn.Module, valid: list[Measure]) -> dict[str, float]:
    """Return bits per character of each valid set."""
    found = {}
    for one in valid:
        pieces = [
            float(loss_of(model, one.batch.data[at : at + 8]))
            for at in range(0, len(one.batch.data), 8)
        ]
        bits = sum(pieces) / len(pieces) / math.log(2)
        found[one.name] = round(bits * one.bytes_per_character, 4)
    return found


def length_at(curriculum: str, done: float) -> int:
    """Return the window's length: "256", or a list of equal shares such as "128,256,512"."""
    lengths = [int(part) for part in curriculum.split(",")]
    return lengths[min(len(lengths) - 1, int(done * len(lengths)))]


def train(args: argparse.Namespace) -> dict[str, object]:
    """Train a candidate as the flags say and return the row of the table."""
    torch.set_num_threads(args.threads)
    shares = json.loads(args.shares) if args.shares else SHARES
    cache = args.out.parent / "cache"
    corpora = [load_corpus(find_corpus(args.data, n), args.codec, cache) for n in shares]
    valid_corpora = [load_corpus(find_corpus(args.data, n), args.codec, cache) for n in VALID]
    # The same stretch of text for every codec: about 256 characters of it.
    length = round(256 * valid_corpora[0].bytes_per_character)
    valid = [measure_corpus(corpus, _VALID_ROWS, length) for corpus in valid_corpora]
    torch.manual_seed(args.seed)
    model = CANDIDATES[args.candidate]()
    forward = torch.compile(model, dynamic=False)
    optimizers = OPTIMIZERS[args.optimizer](model)
    peaks = [[group["lr"] for group in one.param_groups] for one in optimizers]
    average = Average(model, args.ema) if args.ema else None
    windows = BatchSampler(corpora, shares, args.seed)
    seen, steps, seconds, curve = 0, 0, 0.0, []
    while seen < args.bytes:
        at = length_at(args.curriculum, seen / args.bytes)
        rows = max(1, args.batch // at)
        rate = rate_at(args.schedule, seen / args.bytes, seen, args.batch)
        for optimizer, tops in zip(optimizers, peaks, strict=True):
            for group, top in zip(optimizer.param_groups, tops, strict=True):
                group["lr"] = top * rate
        began = time.monotonic()
        loss = loss_of(forward, windows.draw(rows, at).data)
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        if average:
            average.update()
        seen, steps = seen + rows * at, steps + 1
        if steps > 3:  # the first steps compile
            seconds += time.monotonic() - began
        if steps % 20 == 0:
            curve.append([seen, round(float(loss.detach()) / math.log(2), 4)])
    found = measure(model, valid)
    averaged = {}
    if average:
        average.swap()
        averaged = {f"{name} (EMA)": bits for name, bits in measure(model, valid).items()}
    return {
        "candidate": args.candidate,
        "parameters": count_parameters(model),
        "codec": args.codec,
        "optimizer": args.optimizer,
        "schedule": args.schedule,
        "batch": args.batch,
        "curriculum": args.curriculum,
        "shares": shares,
        "ema": args.ema,
        "seed": args.seed,
        "bytes": seen,
        "bytes_per_second": round(seen / seconds),
        "threads": args.threads,
        "bits_per_char": found | averaged,
        "curve": curve,
    }


def main() -> None:
    """Read the flags, train, append."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.study.run")
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--candidate", choices=list(CANDIDATES), required=True)
    parser.add_argument("--bytes", type=int, default=1_000_000)
    parser.add_argument("--codec", default="gb18030", choices=["utf-8", "gb18030", "utf-16-le"])
    parser.add_argument("--optimizer", default="muon", choices=list(OPTIMIZERS))
    parser.add_argument("--schedule", default="wsd", choices=["wsd", "cosine", "constant"])
    parser.add_argument("--batch", type=int, default=4096, help="bytes a step")
    parser.add_argument("--curriculum", default="256", help="window lengths, equal shares each")
    parser.add_argument("--shares", default="", help="JSON: share of each corpus")
    parser.add_argument("--ema", type=float, default=0.0, help="decay of the averaged weights")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--study", default="", help="name of the table that the row belongs to")
    parser.add_argument("--key", default="[]", help="JSON list that tells the run from the others")
    parser.add_argument("--out", type=Path, default=Path("runs/study/results.jsonl"))
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    row = {"study": args.study, "key": json.loads(args.key)} | train(args)
    with args.out.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(json.dumps({key: value for key, value in row.items() if key != "curve"}))


if __name__ == "__main__":
    main()
