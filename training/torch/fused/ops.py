"""The fused kernels as operations that PyTorch differentiates, and compiles around.

Each is a custom operation: `torch.compile` takes it as it is, and autocast leaves it alone, so
that it works in the dtype of what it is given, bfloat16 under autocast. There are no second
derivatives.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from training.errors import ModelError
from training.torch.fused.attention import attend_forward
from training.torch.fused.attention_backward import attend_backward
from training.torch.fused.gate import attended_backward, gate_backward, gate_forward
from training.torch.fused.norm import norm_backward, norm_forward

_DTYPES = (torch.float32, torch.bfloat16)


def norm(x: Tensor, groups: int) -> Tensor:
    """Normalise each of `groups` equal parts of the last axis to mean 0, variance 1.

    Args:
        x: (..., E) float32 or bfloat16.
        groups: a divisor of E.

    Returns:
        As x.

    Raises:
        ModelError: the groups do not fit, or the dtype is another.
    """
    _check(x, groups, "groups")
    found: Tensor = _norm(x.contiguous(), groups)
    return found


def gate(z: Tensor, heads: int) -> Tensor:
    """Return norm(norm(z1) * norm(z2)) per head, z1 and z2 being the halves of z.

    Args:
        z: (..., 2E) float32 or bfloat16.
        heads: a divisor of E.

    Returns:
        (..., E), of z's dtype.

    Raises:
        ModelError: the heads do not fit, or the dtype is another.
    """
    _check(z, 2 * heads, "heads")
    found: Tensor = _gate(z.contiguous(), heads)
    return found


def attend(z: Tensor, pe: Tensor, reach: Tensor | None, heads: int) -> Tensor:
    """Norm keys, queries, values and gate; attend; norm what was found times the gate.

    Args:
        z: (B, T, 4E) float32 or bfloat16: keys, queries, values, gate.
        pe: (H, C) float32, the bias of each head and distance; none is seen at C and more.
        reach: where given, a whole number of no axes, at least 1, as in `distance_bias`.
        heads: H, a divisor of E.

    Returns:
        (B, T, E), of z's dtype.

    Raises:
        ModelError: sizes do not fit, or a dtype is another.
    """
    _check(z, 4 * heads, "heads")
    if z.ndim != 3 or pe.ndim != 2 or len(pe) != heads or pe.dtype != torch.float32:
        raise ModelError(
            f"attention takes (B, T, 4E) and a float32 bias of ({heads}, C); got {tuple(z.shape)} "
            f"and {pe.dtype} {tuple(pe.shape)}"
        )
    if reach is None:
        reach = torch.full((), pe.shape[1], device=z.device)
    found: Tensor = _attend(z.contiguous(), pe.contiguous(), reach, heads)[0]
    return found


def _check(x: Tensor, groups: int, name: str) -> None:
    if groups < 1 or x.shape[-1] < 1 or x.shape[-1] % groups:
        raise ModelError(f"a last axis of {x.shape[-1]} does not divide by its {name}: {groups}")
    if x.dtype not in _DTYPES:
        raise ModelError(f"the fused kernels take float32 and bfloat16, not {x.dtype}")


@torch.library.custom_op("xinglin::norm", mutates_args=())
def _norm(x: Tensor, groups: int) -> Tensor:
    return norm_forward(x, groups, x.shape[-1] // groups)


@torch.library.custom_op("xinglin::norm_backward", mutates_args=())
def _norm_backward(grad: Tensor, x: Tensor, groups: int) -> Tensor:
    return norm_backward(grad.contiguous(), x, groups)


@torch.library.custom_op("xinglin::gate", mutates_args=())
def _gate(z: Tensor, heads: int) -> Tensor:
    return gate_forward(z, heads)


@torch.library.custom_op("xinglin::gate_backward", mutates_args=())
def _gate_backward(grad: Tensor, z: Tensor, heads: int) -> Tensor:
    return gate_backward(grad.contiguous(), z, heads)


@torch.library.custom_op("xinglin::attend", mutates_args=())
def _attend(
    z: Tensor, pe: Tensor, reach: Tensor, heads: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the gated, and for the backward pass y, mixed and lse of `attend_forward`."""
    y = norm_forward(z, 3 * heads, z.shape[-1] // (4 * heads))
    out, mixed, lse = attend_forward(y, z, pe, reach, heads)
    return out, y, mixed, lse


@torch.library.custom_op("xinglin::attend_backward", mutates_args=())
def _attend_backward(
    grad: Tensor, z: Tensor, y: Tensor, mixed: Tensor, lse: Tensor, pe: Tensor, reach: Tensor
) -> tuple[Tensor, Tensor]:
    z_grad = torch.empty_like(z)
    mixed_grad, delta = attended_backward(grad.contiguous(), mixed, z, z_grad, len(pe))
    return z_grad, attend_backward(mixed_grad, delta, y, z, z_grad, lse, pe, reach)


@_norm.register_fake
def _norm_shape(x: Tensor, groups: int) -> Tensor:
    return torch.empty_like(x)


@_norm_backward.register_fake
def _norm_backward_shape(grad: Tensor, x: Tensor, groups: int) -> Tensor:
    return torch.empty_like(x)


@_gate.register_fake
def _gate_shape(z: Tensor, heads: int) -> Tensor:
    return z.new_empty((*z.shape[:-1], z.shape[-1] // 2))


@_gate_backward.register_fake
def _gate_backward_shape(grad: Tensor, z: Tensor, heads: int) -> Tensor:
    return torch.empty_like(z)


@_attend.register_fake
def _attend_shape(
    z: Tensor, pe: Tensor, reach: Tensor, heads: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    batch, length, e = z.shape[0], z.shape[1], z.shape[2] // 4
    y, out = z.new_empty((batch, length, 3 * e)), z.new_empty((batch, length, e))
    lse = z.new_empty((batch, heads, length), dtype=torch.float32)
    return out, y, torch.empty_like(out), lse


@_attend_backward.register_fake
def _attend_backward_shape(
    grad: Tensor, z: Tensor, y: Tensor, mixed: Tensor, lse: Tensor, pe: Tensor, reach: Tensor
) -> tuple[Tensor, Tensor]:
    return torch.empty_like(z), torch.empty_like(pe)


def _keep_input(ctx: Any, inputs: tuple[Tensor, int], output: Tensor) -> None:
    x, ctx.groups = inputs
    ctx.save_for_backward(x)


def _keep_attended(
    ctx: Any, inputs: tuple[Tensor, Tensor, Tensor, int], output: tuple[Tensor, ...]
) -> None:
    z, pe, reach, _ = inputs
    _, y, mixed, lse = output
    ctx.save_for_backward(z, y, mixed, lse, pe, reach)


def _back_norm(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
    return _norm_backward(grad, *ctx.saved_tensors, ctx.groups), None


def _back_gate(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
    return _gate_backward(grad, *ctx.saved_tensors, ctx.groups), None


def _back_attend(ctx: Any, grad: Tensor, *_: Tensor) -> tuple[Tensor, Tensor, None, None]:
    z_grad, pe_grad = _attend_backward(grad, *ctx.saved_tensors)
    return z_grad, pe_grad, None, None


_norm.register_autograd(_back_norm, setup_context=_keep_input)
_gate.register_autograd(_back_gate, setup_context=_keep_input)
_attend.register_autograd(_back_attend, setup_context=_keep_attended)
