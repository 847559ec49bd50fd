"""Muon for the matrices, AdamW for the rest.

Source: Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"; the
Newton-Schulz coefficients are theirs.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def orthogonalize(matrices: Tensor, steps: int = 5) -> Tensor:
    """Return the nearest (semi-)orthogonal matrices, roughly: singular values near 1.

    Args:
        matrices: (N, M, K) float; worked on in its own dtype, bfloat16 on CUDA.
        steps: Newton-Schulz iterations.
    """
    a, b, c = _COEFFICIENTS
    x = matrices.bfloat16() if matrices.is_cuda else matrices
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    found: Tensor = x.mT if tall else x
    return found.to(matrices.dtype)


class Muon(torch.optim.Optimizer):
    """Momentum, made orthogonal. Matrices of one shape are worked on as one batch."""

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 0.02,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            list(params), {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
        )

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # noqa: ARG002 - none is called
        """Move every matrix that has a gradient."""
        for group in self.param_groups:
            by_shape: dict[tuple[int, ...], list[Tensor]] = {}
            for param in group["params"]:
                if param.grad is not None:
                    by_shape.setdefault(tuple(param.shape), []).append(param)
            for params in by_shape.values():
                self._step_alike(params, group)

    def _step_alike(self, params: list[Tensor], group: dict[str, float]) -> None:
        momentum, lr = group["momentum"], group["lr"]
        directions = []
        for param in params:
            buffer = self.state[param].setdefault("momentum", torch.zeros_like(param))
            assert param.grad is not None
            buffer.lerp_(param.grad, 1 - momentum)
            directions.append(param.grad.lerp(buffer, momentum))
        rows, columns = params[0].shape
        scale = max(1.0, rows / columns) ** 0.5
        for param, update in zip(params, orthogonalize(torch.stack(directions)), strict=True):
            param.mul_(1 - lr * group["weight_decay"])
            param.add_(update, alpha=-lr * scale)


def build_optimizers(
    model: torch.nn.Module, *, muon_lr: float, adam_lr: float, weight_decay: float
) -> list[torch.optim.Optimizer]:
    """Split the parameters: matrices of blocks and gates to Muon; heads and tables to AdamW."""
    matrices: list[Tensor] = []
    rest: list[Tensor] = []
    for name, param in model.named_parameters():
        is_matrix = name.startswith("blocks.") and not name.endswith(("pe", "mix"))
        is_matrix |= name in {"second.u", "second.o"}
        (matrices if is_matrix else rest).append(param)
    fused = next(model.parameters()).is_cuda
    return [
        Muon(matrices, lr=muon_lr, weight_decay=weight_decay),
        torch.optim.AdamW(rest, lr=adam_lr, betas=(0.9, 0.95), weight_decay=0.0, fused=fused),
    ]
