"""What the programs in this folder share: they are asked in JSON lines and answer in them.

Imported by its bare name, with nothing but the standard library: an engine may have an interpreter
of its own in which nothing of Xinglin is installed.

The first line that a program prints is `{"name", "load_s", "rss"}`, or `{"absent": why}`. After
that each line it reads is a task `{"count", "prompt", "make", "counts"}`, each it prints the
result: `{"bytes", "cpu_s", "wall_s"}`, or `{"cannot": why}`.
"""

import json
import os
import sys
import time
from pathlib import Path


def shape():
    """Return the shape that the command line names."""
    width, layers, heads, context, ffn = map(int, sys.argv[1:6])
    return {"width": width, "layers": layers, "heads": heads, "context": context, "ffn": ffn}


def resident():
    """Return the bytes of memory that are this process's alone or its share of."""
    for line in Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


class Clock:
    """Wall and processor time since it was made."""

    def __init__(self):
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def read(self):
        """Return both in seconds."""
        return time.perf_counter() - self.wall, time.process_time() - self.cpu


def serve(open_engine, prepare=dict):
    """Answer until there are no more tasks.

    prepare: () -> what `open_engine` needs, made before the clock starts.
    open_engine: (prepared) -> (name, run); run(count, prompt, make) makes that many bytes for each
    of `count` prompts.
    """
    # What engines print themselves must not come between the answers.
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    try:
        prepared = prepare()
        clock = Clock()
        name, run = open_engine(prepared)
        run(1, 16, 1)
    except Exception as error:  # noqa: BLE001 - whatever stops it, the table says so
        lines = str(error).strip().splitlines()
        why = f"{type(error).__name__}: {lines[0][:200] if lines else ''}"
        print(json.dumps({"absent": why}), file=out)
        return
    first = {"name": name, "load_s": clock.read()[0], "rss": resident()}
    print(json.dumps(first), file=out)
    for line in sys.stdin:
        print(json.dumps(_result(run, json.loads(line))), file=out)


def _result(run, task):
    try:
        clock = Clock()
        run(task["count"], task["prompt"], task["make"])
        wall, cpu = clock.read()
        if task["counts"] != "made":
            number = task["prompt"] if task["counts"] == "read" else task["make"]
            return {"bytes": task["count"] * number, "cpu_s": cpu, "wall_s": wall}
        # What reading the prompt took comes off.
        clock = Clock()
        run(task["count"], task["prompt"], 1)
        read_wall, read_cpu = clock.read()
    except Exception as error:  # noqa: BLE001 - likewise
        return {"cannot": f"{type(error).__name__}: {str(error)[:200]}"}
    made = task["count"] * (task["make"] - 1)
    return {"bytes": made, "cpu_s": cpu - read_cpu, "wall_s": wall - read_wall}
