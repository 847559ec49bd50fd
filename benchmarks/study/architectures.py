"""The candidate architectures of the model study, at equal parameters (3.0 M, within 3 %).

Every candidate maps (B, T) bytes to (B, T, 256) logits. The block matrices keep names that begin
with `blocks.`, so that all candidates share one optimizer rule (`training/torch/optimizer.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.shape import VOCABULARY, WygptShape
from training.torch.wygpt import Attend, Wygpt, group_norm

_ROPE_BASE = 10_000.0


def _matrix(rows: int, columns: int, *, zero: bool = False) -> nn.Parameter:
    """Return a (rows, columns) matrix: zero, or normal with variance 1 / columns."""
    if zero:
        return nn.Parameter(torch.zeros(rows, columns))
    return nn.Parameter(torch.randn(rows, columns) / math.sqrt(columns))


def _rms(x: Tensor) -> Tensor:
    return x * torch.rsqrt(x.square().mean(dim=-1, keepdim=True) + 1e-6)


class _LlamaBlock(nn.Module):
    """RMSNorm, attention with rotary positions, RMSNorm, SwiGLU."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = _matrix(3 * width, width)
        self.out = _matrix(width, width, zero=True)
        self.up = _matrix(2 * hidden, width)
        self.down = _matrix(width, hidden, zero=True)

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        parts = functional.linear(_rms(x), self.qkv).chunk(3, dim=-1)
        query, key, value = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        query, key = _rotate(query, cosine, sine), _rotate(key, cosine, sine)
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + functional.linear(mixed.transpose(1, 2).flatten(-2), self.out)
        gate, up = functional.linear(_rms(x), self.up).chunk(2, dim=-1)
        return x + functional.linear(functional.silu(gate) * up, self.down)


def _rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cosine - second * sine, first * sine + second * cosine), dim=-1)


class Llama(nn.Module):
    """The control: RMSNorm, RoPE, SwiGLU. Source: Touvron et al. 2023, arXiv:2302.13971."""

    cosine: Tensor
    sine: Tensor

    def __init__(self, width: int, layers: int, heads: int, hidden: int, context: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.randn(VOCABULARY, width))
        self.blocks = nn.ModuleList(_LlamaBlock(width, heads, hidden) for _ in range(layers))
        self.head = nn.Parameter(torch.zeros(VOCABULARY, width))
        half = width // heads // 2
        angle = torch.arange(context)[:, None] * _ROPE_BASE ** (-torch.arange(half) / half)
        self.register_buffer("cosine", angle.cos(), persistent=False)
        self.register_buffer("sine", angle.sin(), persistent=False)

    def forward(self, data: Tensor) -> Tensor:
        """(B, T) bytes to (B, T, 256) logits."""
        x = self.table[data.long()]
        cosine, sine = self.cosine[: data.shape[1]], self.sine[: data.shape[1]]
        for block in self.blocks:
            x = block(x, cosine, sine)
        return functional.linear(_rms(x), self.head)


class _StateBlock(nn.Module):
    """One Mamba-2 block: short convolution, scalar decay per head, gate; in its dual form.

    The quadratic dual computes, within a window, exactly what the recurrence with its constant
    (heads, r, state) memory does. Source: Dao and Gu 2024, arXiv:2405.21060.
    """

    def __init__(self, width: int, heads: int, state: int) -> None:
        super().__init__()
        inner = 2 * width
        self.heads, self.sizes = heads, (inner, inner, state, state, heads)
        self.x = _matrix(sum(self.sizes), width)
        self.o = _matrix(width, inner, zero=True)
        self.short_pe = nn.Parameter(torch.zeros(inner + 2 * state, 4))
        nn.init.constant_(self.short_pe[:, -1], 1.0)
        # Decays from one byte to some hundreds, as the paper's dt and A together.
        self.pace_pe = nn.Parameter(torch.linspace(-5.0, 0.0, heads))
        self.skip_pe = nn.Parameter(torch.ones(heads))

    def forward(self, x: Tensor) -> Tensor:
        gate, value, key, query, pace = functional.linear(_rms(x), self.x).split(self.sizes, -1)
        joined = torch.cat((value, key, query), dim=-1).transpose(1, 2)
        joined = functional.conv1d(
            functional.pad(joined, (3, 0)), self.short_pe[:, None], groups=joined.shape[1]
        )
        value, key, query = (
            functional.silu(joined).transpose(1, 2).split((self.sizes[1], *self.sizes[2:4]), -1)
        )
        step = functional.softplus(pace + self.pace_pe)  # (B, T, H), also the input's weight
        log_decay = -step.cumsum(dim=1).transpose(1, 2)  # (B, H, T)
        spread = log_decay[..., :, None] - log_decay[..., None, :]
        past = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device).tril()
        weights = torch.where(past, spread, -math.inf).exp()
        scores = (query @ key.transpose(-1, -2))[:, None] / math.sqrt(key.shape[-1])
        heads = value.unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, H, T, r)
        mixed = (scores * weights * step.transpose(1, 2)[..., None, :]) @ heads
        mixed = mixed + heads * self.skip_pe[:, None, None]
        out = mixed.transpose(1, 2).flatten(-2) * functional.silu(gate)
        return x + functional.linear(group_norm(out, self.heads), self.o)


class StateSpace(nn.Module):
    """A linear-time recurrence with constant state."""

    def __init__(self, width: int, layers: int, heads: int, state: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.randn(VOCABULARY, width))
        self.blocks = nn.ModuleList(_StateBlock(width, heads, state) for _ in range(layers))
        self.head = nn.Parameter(torch.zeros(VOCABULARY, width))

    def forward(self, data: Tensor) -> Tensor:
        """(B, T) bytes to (B, T, 256) logits."""
        x = self.table[data.long()]
        for block in self.blocks:
            x = block(x)
        return functional.linear(_rms(x), self.head)


class _MixingAttend(Attend):
    """`Attend` whose keys, queries and values mix in those of the bytes just before.

    A depthwise causal convolution, as Mamba-2 has before its recurrence.
    """

    def __init__(self, width: int, heads: int, context: int, taps: int) -> None:
        super().__init__(width, heads, context)
        self.short_pe = nn.Parameter(torch.zeros(taps, 3 * width))

    def project(self, x: Tensor) -> Tensor:
        """(B, T, E) to (B, T, 4E): key, query, value, gate before their norm."""
        z = super().project(x)
        mixed, gate = z.split((z.shape[-1] // 4 * 3, z.shape[-1] // 4), dim=-1)
        before = mixed
        for tap in self.short_pe:
            before = functional.pad(before, (0, 0, 1, 0))[:, :-1]
            mixed = mixed + before * tap
        return torch.cat((mixed, gate), dim=-1)


def _flat(shape: WygptShape) -> Wygpt:
    """As published: distance biases that begin at zero."""
    model = Wygpt(shape)
    for block in model.blocks:
        nn.init.zeros_(block.b.pe)
    return model


def _steep(shape: WygptShape, flattest: float = 6.0) -> Wygpt:
    """Biases that begin as lines of slopes 1 to 2^-flattest, instead of `sloped_bias`."""
    model = Wygpt(shape)
    slopes = torch.logspace(0, -flattest, shape.heads, base=2.0)[:, None]
    for block in model.blocks:
        block.b.pe.data = -slopes * torch.arange(shape.context)
    return model


def _mixing(shape: WygptShape, taps: int = 3) -> Wygpt:
    """Steep, with keys, queries and values that mix in those of the `taps` bytes before."""
    model = _steep(shape)
    for block in model.blocks:
        pe = block.b.pe.data
        block.b = _MixingAttend(shape.width, shape.heads, shape.context, taps)
        block.b.pe.data = pe
    return model


_PLAIN = WygptShape(192, 7, 4, 512)
_TABLES = WygptShape(192, 5, 4, 512, (2, 3, 4, 6), 4781)
CANDIDATES: dict[str, Callable[[], nn.Module]] = {
    "wygpt-192x7-h4": lambda: _flat(_PLAIN),
    "wygpt-96x29-h1": lambda: _flat(WygptShape(96, 29, 1, 512)),
    "wygpt-256x4-h4": lambda: _flat(WygptShape(256, 4, 4, 512)),
    "llama-192x7-h4": lambda: Llama(192, 7, 4, 464, 1024),
    "mamba2-192x12": lambda: StateSpace(192, 12, 6, 64),
    "ngram-wygpt-192x5": lambda: _flat(_TABLES),
    "ngram6-wygpt-192x5": lambda: _flat(WygptShape(192, 5, 4, 512, (2, 3, 4, 5, 6, 8), 4781)),
    "ngram3-wygpt-192x5": lambda: _flat(WygptShape(192, 5, 4, 512, (2, 4, 6), 4781)),
    "ngram-wygpt-192x4": lambda: _flat(WygptShape(192, 4, 4, 512, (2, 3, 4, 6), 6900)),
    "sloped-ngram-192x5": lambda: Wygpt(_TABLES),
    "sloped-wygpt-96x29-h1": lambda: Wygpt(WygptShape(96, 29, 1, 512)),
    "steep-ngram-192x5": lambda: _steep(_TABLES),
    "steep8-ngram-192x5": lambda: _steep(_TABLES, 8.0),
    "steep-wygpt-192x7-h4": lambda: _steep(_PLAIN),
    "mixing-ngram-192x5": lambda: _mixing(_TABLES),
}


def count_parameters(model: nn.Module) -> int:
    """Return how many numbers are trained."""
    return sum(parameter.numel() for parameter in model.parameters())
