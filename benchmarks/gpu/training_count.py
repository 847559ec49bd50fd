"""Count what a training step on a GPU moves and multiplies, without one.

    python -m benchmarks.gpu.training_count                # plain
    python -m benchmarks.gpu.training_count --fused      # with the kernels of training/torch/fused

PyTorch runs the step on tensors that have sizes and no numbers, and each operation is counted as
one launch that reads its inputs and writes its outputs once. CUDA's autocast is played on the
processor: there the square root of the norm is float32, and the optimizer's products are bfloat16.
What the fused attention moves inside one operation is added from its kernels.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

import training.torch.optimizer
from training.shape import WygptShape
from training.torch.wygpt import Wygpt

SHIPPED = WygptShape(192, 5, 4, 1024, (2, 3, 4, 6), 4781)
_FREE = ("detach", "_unsafe_view", "device", "lift_fresh")


@dataclass(slots=True)
class Count:
    """Operations and traffic of one part of the step."""

    bytes_moved: float = 0.0
    operations: float = 0.0
    launches: int = 0


class Counter(TorchDispatchMode):
    """Counts every operation under it."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self.length = length
        self.part = ""
        self.parts: dict[str, Count] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Do it, and count it."""
        out = func(*args, **(kwargs or {}))
        name = func._schema.name.split("::")[1]  # noqa: SLF001 - torch has no public name for it
        if func.is_view or name in _FREE:
            return out
        tensors = [x for x in tree_leaves((args, kwargs, out)) if isinstance(x, Tensor)]
        count = self.parts.setdefault(self.part or self._part(name, tensors), Count())
        count.launches += 1
        count.bytes_moved += sum(_stored(tensor) for tensor in tensors)
        if name in {"mm", "bmm"}:
            count.operations += 2.0 * args[0].numel() * args[1].shape[-1]
        elif name in {"attend", "attend_backward"}:
            self._add_inside(count, name, args)
        return out

    def _part(self, name: str, tensors: list[Tensor]) -> str:
        """Tell the part from the operation: the backward pass has no names."""
        if name.startswith("attend") or any(x.shape[-2:] == (self.length,) * 2 for x in tensors):
            return "attention"
        if name == "mm":
            return "matrices"
        if any(x.shape[-1:] == (256,) for x in tensors):
            return "loss"
        whole = any(not x.dtype.is_floating_point for x in tensors)
        return "embedding and tables" if whole else "norms, gates, residuals, casts"

    def _add_inside(self, count: Count, name: str, args: tuple[Any, ...]) -> None:
        """Add what the kernels of one operation move between them, and the visible products."""
        z = args[0] if name == "attend" else args[1]
        e, size = z.shape[-1] // 4, z.numel() // 4 * z.element_size()
        pairs = z.numel() // (4 * e) * (self.length + 1) / 2
        if name == "attend":  # two kernels; the second reads keys, queries and values again
            count.launches += 1
            count.bytes_moved += 3 * size
            count.operations += 2 * 2 * e * pairs
        else:  # six; the gradient of what was found is written and read twice, y is read twice
            count.launches += 5
            count.bytes_moved += (3 + 3) * size
            count.operations += 7 * 2 * e * pairs


def _stored(tensor: Tensor) -> float:
    """Bytes that lie in memory: a repeated axis counts once."""
    sizes = [n for n, step in zip(tensor.shape, tensor.stride(), strict=True) if step]
    return float(torch.Size(sizes).numel() * tensor.element_size())


@contextmanager
def _as_on_cuda() -> Iterator[None]:
    """Cast where CUDA's autocast and the optimizer would."""
    root, nearest = torch.rsqrt, training.torch.optimizer.orthogonalize
    with (
        mock.patch.object(torch, "rsqrt", lambda x: root(x.float())),
        mock.patch.object(
            training.torch.optimizer, "orthogonalize", lambda x: nearest(x.bfloat16()).float()
        ),
    ):
        yield


def count_step(shape: WygptShape, rows: int, length: int, *, fused: bool) -> dict[str, Count]:
    """Return the parts of one step of `rows` windows of `length` bytes."""
    counter = Counter(length)
    with _as_on_cuda(), FakeTensorMode():
        model = Wygpt(shape).fuse() if fused else Wygpt(shape)
        optimizers = training.torch.optimizer.build_optimizers(
            model, muon_lr=0.02, adam_lr=3e-3, weight_decay=0.02
        )
        data = torch.zeros(rows, length + 1, dtype=torch.uint8)
        with counter:
            with torch.autocast("cpu", torch.bfloat16):
                logits = model(data[:, :-1].contiguous(), torch.zeros((), dtype=torch.int64))
            counter.part = "loss"
            loss = functional.cross_entropy(
                logits.float().flatten(0, 1), data[:, 1:].flatten().long()
            )
            counter.part = ""
            loss.backward()
            counter.part = "optimizer"
            for optimizer in optimizers:
                optimizer.step()
    return counter.parts


def main() -> int:
    """Count and print."""
    parser = argparse.ArgumentParser(description="Count what a training step moves.")
    parser.add_argument("--fused", action="store_true")
    parser.add_argument("--rows", type=int, default=256, help="windows a step")
    parser.add_argument("--length", type=int, default=1024, help="bytes a window")
    parser.add_argument("--tflops", type=float, default=790.0, help="of the device's products")
    parser.add_argument("--terabytes", type=float, default=4.3, help="a second, of its memory")
    args = parser.parse_args()
    parts = count_step(SHIPPED, args.rows, args.length, fused=args.fused)
    parts["all"] = Count(
        sum(part.bytes_moved for part in parts.values()),
        sum(part.operations for part in parts.values()),
        sum(part.launches for part in parts.values()),
    )
    seen = args.rows * args.length
    print("| part | kB a byte | MFLOP a byte | launches | ns a byte: memory | products |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, part in parts.items():
        moved, done = part.bytes_moved / seen, part.operations / seen
        times = f"{moved / args.terabytes / 1e3:.2f} | {done / args.tflops / 1e3:.2f}"
        print(f"| {name} | {moved / 1e3:.1f} | {done / 1e6:.2f} | {part.launches} | {times} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
