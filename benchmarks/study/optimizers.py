"""The optimizers, schedules and averages that the model study compares."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

from training.torch.optimizer import build_optimizers

Optimizers = list[torch.optim.Optimizer]
_WARMUP_STEPS = 40
_DECAY_SHARE = 0.35


class Tiger(torch.optim.Optimizer):
    """The sign of a momentum, as the original trains. Source: Wang Yi's wyGPT; Su 2023, Tiger."""

    def __init__(self, params: Iterable[Tensor], lr: float, momentum: float, decay: float) -> None:
        super().__init__(list(params), {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # noqa: ARG002 - none is called
        """Move every parameter by the learning rate, whichever way its momentum points."""
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is None:
                    continue
                buffer = self.state[param].setdefault("momentum", torch.zeros_like(param))
                buffer.lerp_(param.grad, 1 - group["momentum"])
                param.mul_(1 - group["lr"] * group["decay"])
                param.add_(buffer.sign(), alpha=-group["lr"])


def _muon(lr: float, adam: float = 3e-3) -> Callable[[nn.Module], Optimizers]:
    return lambda model: build_optimizers(model, muon_lr=lr, adam_lr=adam, weight_decay=0.02)


def _adamw(lr: float) -> Callable[[nn.Module], Optimizers]:
    return lambda model: [
        torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.95), weight_decay=0.02)
    ]


def _tiger(lr: float) -> Callable[[nn.Module], Optimizers]:
    return lambda model: [Tiger(model.parameters(), lr, 0.965, 0.02)]


OPTIMIZERS: dict[str, Callable[[nn.Module], Optimizers]] = {
    "muon": _muon(0.02),
    "muon-0.01": _muon(0.01),
    "muon-0.04": _muon(0.04),
    "muon-adam-0.01": _muon(0.02, 1e-2),
    "adamw": _adamw(3e-3),
    "adamw-0.006": _adamw(6e-3),
    "tiger": _tiger(1e-3),
    "tiger-0.0003": _tiger(3e-4),
}


def rate_at(schedule: str, done: float, seen: int, batch: int) -> float:
    """Return the share of the peak learning rate after `done` of the run.

    Args:
        schedule: "wsd" (warm-up, stable, linear decay), "cosine" or "constant".
        done: share of the run, from 0 to 1.
        seen: bytes so far.
        batch: bytes a step, for the warm-up.
    """
    warm = min(1.0, (seen / batch + 1) / _WARMUP_STEPS)
    if schedule == "cosine":
        return warm * (0.5 + 0.5 * math.cos(math.pi * done))
    if schedule == "wsd":
        return warm * min(1.0, (1.0 - done) / _DECAY_SHARE)
    return warm


class Average:
    """An exponential moving average of the weights."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self._model, self._decay, self._steps = model, decay, 0
        self._kept = [parameter.detach().clone() for parameter in model.parameters()]

    @torch.no_grad()
    def update(self) -> None:
        """Take in the present weights; early steps weigh more."""
        self._steps += 1
        decay = min(self._decay, self._steps / (self._steps + 10))
        for kept, parameter in zip(self._kept, self._model.parameters(), strict=True):
            kept.lerp_(parameter, 1 - decay)

    @torch.no_grad()
    def swap(self) -> None:
        """Put the averaged weights into the model."""
        for kept, parameter in zip(self._kept, self._model.parameters(), strict=True):
            parameter.copy_(kept)
