"""Limits of the GPU, measured by `ceiling.cu`, which is compiled for it here.

A step of the engine at least takes the longer of two readings. Every block reads all weights, and
the keys and values of its streams, and all of that comes by way of the second-level cache. Keys and
values that do not fit it come from memory before. Everything else counts as nothing.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.gpu.graph.build import build
from inference.errors import BackendError


@dataclass(frozen=True, slots=True)
class Device:
    """The GPU.

    Attributes:
        name: the vendor's.
        architecture: as nvcc calls it, "sm_90".
        processors: multiprocessors.
        memory: its bytes.
        cache: bytes of its second-level cache.
        driver: newest CUDA version that the driver knows, 13000 for 13.0.
        runtime: CUDA version of the compiler.
    """

    name: str
    architecture: str
    processors: int
    memory: int
    cache: int
    driver: int
    runtime: int

    def __str__(self) -> str:
        sizes = f"{self.memory / 2**30:.0f} GiB, {self.cache / 2**20:.0f} MiB second-level cache"
        version = f"CUDA {self.runtime // 1000}.{self.runtime % 1000 // 10}"
        return f"{self.name}, {self.processors} multiprocessors, {sizes}, {version}"


@dataclass(frozen=True, slots=True)
class Roof:
    """The least time of a step, and what sets it: "cache" or "memory"."""

    seconds: float
    limit: str


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Limits of the device.

    Attributes:
        cache_reads: by multiprocessors that read, bytes a second of all of them together, out of a
            buffer in the second-level cache that each reads whole.
        memory_reads: likewise out of memory, each another part.
        launch_us: of an empty kernel in a queue of them.
        node_us: of an empty kernel in a graph, each after the one before.
        round_trip_us: of a launch that the host waits for.
        barrier_us: of a barrier of 512 threads.
    """

    cache_reads: Mapping[int, float]
    memory_reads: Mapping[int, float]
    launch_us: float
    node_us: float
    round_trip_us: float
    barrier_us: float

    def roof(self, device: Device, blocks: int, weights: float, kept: float) -> Roof:
        """Return the least time of a step.

        Args:
            device: what was measured.
            blocks: of the step; a multiprocessor each as far as there are.
            weights: bytes of weights that one block reads.
            kept: bytes of keys and values that all of them read.

        Raises:
            KeyError: so many multiprocessors were not measured.
        """
        reading = min(blocks, device.processors)
        cache_s = (blocks * weights + kept) / self.cache_reads[reading]
        fits = weights + kept <= device.cache
        memory_s = 0.0 if fits else kept / self.memory_reads[reading]
        return Roof(memory_s, "memory") if memory_s > cache_s else Roof(cache_s, "cache")

    def report(self) -> dict[str, Any]:
        """Return everything as JSON has it."""
        return asdict(self)

    def __str__(self) -> str:
        most = max(self.cache_reads)
        reads = [
            f"{count} read {self.cache_reads[count] / 1e9:,.0f} GB/s of one buffer in the cache "
            f"and {self.memory_reads[count] / 1e9:,.0f} GB/s of memory"
            for count in sorted({min(self.cache_reads), most})
        ]
        return (
            f"Multiprocessors: {'; '.join(reads)}. An empty kernel takes {self.launch_us:.2f} µs "
            f"in a queue and {self.node_us:.2f} µs in a graph, one that the host waits for "
            f"{self.round_trip_us:.1f} µs, a barrier of a block {1000 * self.barrier_us:.0f} ns."
        )


def find_device(architecture: str) -> tuple[Device, Path]:
    """Ask the device what it is; returns it and the program that `measure` needs.

    Raises:
        BackendError: nvcc or the device is not there.
    """
    program = build("ceiling.cu", architecture)
    return Device(**_ask(program)), program


def measure(program: Path, weights: int, blocks: Sequence[int]) -> Ceiling:
    """Measure; some seconds.

    Args:
        program: from `find_device`.
        weights: bytes of the buffer that all multiprocessors read.
        blocks: how many of them at a time, each at least 1.

    Raises:
        BackendError: the device failed.
    """
    return parse(_ask(program, weights, *sorted(set(blocks))))


def parse(found: Mapping[str, Any]) -> Ceiling:
    """Return the ceiling of what the program printed."""
    reads = {int(count): rates for count, rates in found["reads"].items()}
    times = ("launch_us", "node_us", "round_trip_us", "barrier_us")
    return Ceiling(
        {count: rates["cache"] for count, rates in reads.items()},
        {count: rates["memory"] for count, rates in reads.items()},
        **{name: found[name] for name in times},
    )


def _ask(program: Path, *arguments: int) -> dict[str, Any]:
    command = [str(program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackendError(f"the device does not say what it can do: {done.stderr.strip()[-200:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found
