"""A `TrainerCore` on PyTorch: for GPUs, and to judge the one in C++."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from training.batches import Batch
from training.core import Rates, State
from training.errors import LossError, RunError
from training.shape import PairShape, Shape, Tensors
from training.torch.fused import missing
from training.torch.optimizer import build_optimizers
from training.torch.pair import WygptPair
from training.torch.wygpt import Wygpt

_STEP: Final = "step"
_ADAM: Final = (("first", "exp_avg"), ("second", "exp_avg_sq"))


class TorchCore:
    """The model as a module, and its optimizers; see `TrainerCore`."""

    def __init__(
        self,
        shape: Shape,
        tensors: Tensors,
        *,
        device: str = "cpu",
        compiled: bool = True,
        fused: bool | None = None,
        threads: int = 0,
    ) -> None:
        """Take a copy of the weights.

        Args:
            shape: sizes of the model.
            tensors: its weights, see `training.shape.Tensors`.
            device: "cpu" or "cuda".
            compiled: use `torch.compile`.
            fused: use the kernels of `training/torch/fused/`; None: where they can run.
            threads: of the processor; 0: as PyTorch likes.

        Raises:
            RunError: there is no such device, or `fused` is asked for and cannot be.
        """
        if device == "cuda" and not torch.cuda.is_available():
            raise RunError("--device is cuda, but PyTorch finds no GPU; use --device cpu")
        fuse = _fused(fused, shape, device)
        if threads:
            torch.set_num_threads(threads)
        self.shape, self.device = shape, device
        self.model = _module(shape, tensors).to(device)
        self.teacher: Wygpt | WygptPair | None = None
        if fuse and isinstance(self.model, Wygpt):
            self.model.fuse()
        self._optimizers = build_optimizers(self.model, muon_lr=0.0, adam_lr=0.0, weight_decay=0.0)
        self._forward = torch.compile(self.model) if compiled else self.model
        self._steps = 0

    def tensors(self) -> Tensors:
        """Return a copy of the weights; see `TrainerCore`."""
        return {name: _array(tensor) for name, tensor in self.model.named_parameters()}

    def state(self) -> State:
        """Return the optimizers' moments; see `TrainerCore`."""
        found: State = {_STEP: np.array(self._steps, np.int64)}
        for name, param in self.model.named_parameters():
            for ours, theirs in self._moments(param):
                kept = self._state_of(param).get(theirs)
                found[f"{ours}.{name}"] = _array(torch.zeros_like(param) if kept is None else kept)
        return found

    def restore(self, tensors: Tensors, state: State) -> None:
        """Go on from saved weights and moments; see `TrainerCore`.

        Raises:
            RunError: they are of another shape.
        """
        _load(self.model, tensors)
        self._steps = int(state[_STEP])
        for name, param in self.model.named_parameters():
            kept = self._state_of(param)
            for ours, theirs in self._moments(param):
                saved = state.get(f"{ours}.{name}")
                if saved is None or saved.shape != tuple(param.shape):
                    raise RunError(f"the checkpoint's {ours}.{name} is of another model")
                kept[theirs] = torch.from_numpy(np.array(saved)).to(param)
            if len(self._moments(param)) > 1:
                kept["step"] = torch.tensor(
                    float(self._steps), device=self.device if self.device == "cuda" else None
                )

    def set_teacher(self, tensors: Tensors) -> None:
        """Learn distilled rows from a model of these weights; see `TrainerCore`.

        It is not fused: it speaks in float32, for which those kernels are exact and not fast.
        """
        self.teacher = _module(self.shape, tensors).to(self.device)
        self.teacher.requires_grad_(requires_grad=False)

    def step(self, batch: Batch, rates: Rates, reach: int | None = None) -> float:
        """Take one step of the optimizers; see `TrainerCore`."""
        for optimizer, rate in zip(self._optimizers, (rates.muon_lr, rates.adam_lr), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate
        self._muon.param_groups[0]["weight_decay"] = rates.weight_decay
        loss = self.mean_loss(batch, reach)
        found = float(loss.detach())
        if not np.isfinite(found):
            raise LossError(f"the loss is {found}")
        loss.backward()  # type: ignore[no-untyped-call]  # torch's
        for optimizer in self._optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self._steps += 1
        return found

    @torch.no_grad()
    def losses(self, batch: Batch, reach: int | None = None) -> NDArray[np.float32]:
        """Return the loss of each target byte; see `TrainerCore`."""
        return _array(self._each(self.model, batch, reach))

    def close(self) -> None:
        """Nothing is held that Python would not free."""

    def mean_loss(self, batch: Batch, reach: int | None = None) -> Tensor:
        """Return the mean loss in nats a byte, each target with its weight, to be derived."""
        each = self._each(self._forward, batch, reach)
        weights = torch.from_numpy(batch.weights).to(self.device)
        return (each * weights).sum() / weights.abs().sum()

    def _each(self, forward: Any, batch: Batch, reach: int | None) -> Tensor:
        data = torch.from_numpy(np.ascontiguousarray(batch.data)).to(self.device)
        with torch.autocast(self.device, torch.bfloat16, enabled=self.device == "cuda"):
            logits = self._logits(forward, data, reach).float()
        targets = data[:, self.shape.step_bytes :].long()
        each = functional.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
        if self.teacher is not None and batch.distilled.any():
            rows = torch.from_numpy(batch.distilled).to(self.device)
            each = each.masked_scatter(rows[:, None], self._distil(logits[rows], data[rows], reach))
        return each

    def _logits(self, forward: Any, data: Tensor, reach: int | None) -> Tensor:
        read = data if isinstance(self.shape, PairShape) else data[:, :-1].contiguous()
        limit = torch.tensor(self.shape.context if reach is None else reach, device=self.device)
        logits: Tensor = forward(read, limit)
        return logits

    def _distil(self, logits: Tensor, data: Tensor, reach: int | None) -> Tensor:
        """(B, N) cross-entropy against what the teacher expects. Source: Hinton et al. 2015."""
        with torch.no_grad():
            expected = self._logits(self.teacher, data, reach).softmax(dim=-1)
        return -(expected * logits.log_softmax(dim=-1)).sum(dim=-1)

    @property
    def _muon(self) -> torch.optim.Optimizer:
        return self._optimizers[0]

    def _moments(self, param: Tensor) -> tuple[tuple[str, str], ...]:
        """Return the names of a parameter's moments: a checkpoint's, and PyTorch's."""
        muons = {id(one) for one in self._muon.param_groups[0]["params"]}
        return (("first", "momentum"),) if id(param) in muons else _ADAM

    def _state_of(self, param: Tensor) -> dict[str, Any]:
        optimizer = self._optimizers[0 if len(self._moments(param)) == 1 else 1]
        kept: dict[str, Any] = optimizer.state[param]
        return kept


def _module(shape: Shape, tensors: Tensors) -> Wygpt | WygptPair:
    module = WygptPair(shape) if isinstance(shape, PairShape) else Wygpt(shape)
    _load(module, tensors)
    return module


def _load(module: torch.nn.Module, tensors: Tensors) -> None:
    try:
        module.load_state_dict({n: torch.from_numpy(np.array(t)) for n, t in tensors.items()})
    except RuntimeError as error:
        raise RunError(f"the weights are of another model: {error}") from error


def _array(tensor: Tensor) -> NDArray[np.float32]:
    return tensor.detach().float().cpu().numpy().copy()


def _fused(wanted: bool | None, shape: Shape, device: str) -> bool:
    """Return whether to use the fused kernels.

    Raises:
        RunError: they are asked for, and cannot run.
    """
    if wanted is False:
        return False
    reason = missing(device)
    if not reason and isinstance(shape, PairShape):
        reason = "they do not know family wygpt-pair"
    if wanted and reason:
        raise RunError(f"the fused kernels cannot run: {reason}; leave out --fused")
    return not reason
