"""The protocol of a trainer's core: weights, optimizer state, one step after another.

`NativeCore` (`training/native.py`) does it in C++ on a processor, without PyTorch; a core on
PyTorch does it on a GPU.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from training.batches import Batch
from training.shape import Tensors

State = dict[str, NDArray[Any]]
"""An optimizer's moments, `<which>.<tensor>`, and `step`, the count of its steps."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Learning rates of one step.

    Attributes:
        muon_lr: of the block matrices.
        adam_lr: of heads, distance biases, tables and embeddings.
        weight_decay: of the block matrices, times their rate.
    """

    muon_lr: float
    adam_lr: float
    weight_decay: float = 0.0


class TrainerCore(Protocol):
    """A model that learns. Sizes: B windows, T steps of the trunk, N = T bytes, or 2 T in pairs.

    A batch holds (B, T + 1) bytes and (B, T) weights for the families of one byte a step; for
    `wygpt-pair` (B, 2 (T + 1)) bytes, a whole number of pairs, and (B, 2 T) weights, one for each
    byte after the first pair.
    """

    def tensors(self) -> Tensors:
        """Return the weights by name: the live ones, matrices divided by the root of the fan-in."""

    def state(self) -> State:
        """Return what a checkpoint needs beside the weights."""

    def restore(self, tensors: Tensors, state: State) -> None:
        """Go on from saved weights and state.

        Raises:
            RunError: they are of another shape.
        """

    def set_teacher(self, tensors: Tensors) -> None:
        """Learn the rows that are distilled from a model of these weights from now on."""

    def step(self, batch: Batch, rates: Rates, reach: int | None = None) -> float:
        """Take one step of the optimizer.

        Args:
            batch: what to learn.
            rates: how fast.
            reach: where given, attention reaches only so many steps, the present one counted.

        Returns:
            The weighted mean loss before the step, in nats per byte: weighted sum over the sum of
            the weights' absolute values.

        Raises:
            LossError: the loss or a gradient is not finite; weights and state are as before.
        """

    def losses(self, batch: Batch, reach: int | None = None) -> NDArray[np.float32]:
        """Return the (B, N) loss of each byte that is to be predicted, in nats, unweighted."""

    def close(self) -> None:
        """Give threads and memory back; no other call may follow."""
