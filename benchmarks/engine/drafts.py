"""What reading a prompt once saves when several drafts are made of one reply.

    python -m benchmarks.engine.drafts --model models/tcm

Rounds alternate between drafts of one prompt, and as many prompts that differ from the first
character on.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from inference.engine import Engine, EngineConfig, SamplingConfig

_QUESTION = "古人论脾胃虚弱饮食不下四肢倦怠面色萎黄当如何理解"


def seconds(engine: Engine, prompts: list[bytes], longest: int) -> float:
    """Return how long it takes until all are answered."""
    engine.clear_prefix_cache()
    began = time.perf_counter()
    drafts = [
        engine.submit(prompt, SamplingConfig(seed=seed, max_bytes=longest))
        for seed, prompt in enumerate(prompts)
    ]
    for draft in drafts:
        draft.result()
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine.drafts")
    parser.add_argument("--model", type=Path, default=Path("models/tcm"))
    parser.add_argument("--drafts", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=12, help="of a sentence in the prompt")
    parser.add_argument("--reply-bytes", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=15)
    args = parser.parse_args()
    with Engine.open(args.model, EngineConfig(cache_bytes=0)) as engine:
        codec = engine.checkpoint.codec
        apart = [
            f"\x02{chr(0x7532 + number)}{_QUESTION * args.repeats}\x03".encode(codec)
            for number in range(args.drafts)
        ]
        pairs = [
            (
                seconds(engine, apart[:1] * args.drafts, args.reply_bytes),
                seconds(engine, apart, args.reply_bytes),
            )
            for _ in range(args.rounds)
        ]
    shared, alone = (1000 * statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    print(f"{args.drafts} drafts of {args.reply_bytes} bytes to a prompt of {len(apart[0])} bytes")
    print(f"one prompt {shared:.1f} ms, prompts apart {alone:.1f} ms, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
