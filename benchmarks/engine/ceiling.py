"""Limits of one core, measured by `ceiling.cpp`, which is compiled for it here.

The ceiling of a task is what is left when everything but the matrices and the keys and values is
free: each takes the longer of reading its bytes once a step and multiplying them out of registers.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.engine.shapes import Shape
from benchmarks.engine.tasks import Task

SOURCE = Path(__file__).with_name("ceiling.cpp")
FLAGS = {"avx2": ["-mavx2"], "avxvnni": ["-mavx2", "-mavxvnni"], "avx512vnni": ["-mavx2"]}
CACHES = {"16 KB": 16 << 10, "256 KB": 256 << 10, "2 MB": 2 << 20, "256 MB": 256 << 20}


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Rates of one core.

    Attributes:
        isa: instruction set of the products.
        products: int8 products a second.
        reads: bytes a second out of a buffer of so many bytes, read again and again.
    """

    isa: str
    products: float
    reads: dict[int, float]

    def speed(self, shape: Shape, task: Task) -> float:
        """Return the most bytes a second that the task can have."""
        if task.counts == "read":
            # Many rows share the weights and the keys: only the products count.
            attended = shape.attended(task.prompt // 2)
            return self.products / (shape.products + attended)
        at_once = task.count
        weights = max(
            self._reading(shape.products), at_once * shape.products / self.products
        )  # a step of all texts
        context = min(shape.context, int(task.context()))
        kept = shape.attended(context)
        attention = max(self._reading(kept * at_once), kept * at_once / self.products)
        step = weights + attention
        if task.counts == "all":
            prompt = task.count * task.prompt * shape.products / self.products
            return task.count * task.make / (prompt + task.make * step)
        return at_once / step

    def _reading(self, size: int) -> float:
        """Seconds of reading so many bytes that are read again each step."""
        nearest = min(self.reads, key=lambda known: abs(known - size))
        return size / self.reads[nearest]


def measure(isa: str, sizes: list[int]) -> Ceiling | None:
    """Compile and run; none without a compiler or for an instruction set it does not know."""
    compiler = os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++")
    if compiler is None or isa not in FLAGS:
        return None
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "ceiling"
        subprocess.run(
            [compiler, "-std=c++17", "-O3", *FLAGS[isa], SOURCE, "-o", program], check=True
        )
        said = subprocess.run(
            [program, isa, *map(str, sorted({*CACHES.values(), *sizes}))],
            capture_output=True,
            text=True,
            check=True,
        )
    found = json.loads(said.stdout)
    return Ceiling(isa, found["products"], {int(k): v for k, v in found["reads"].items()})
