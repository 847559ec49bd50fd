"""Logits to whole frequencies, the same on every machine.

Only operations that IEEE 754 defines to the last bit touch the floats: a difference, a product and
a floor of doubles. The exponential is integer arithmetic. The native coder does the same
(`csrc/coder/frequencies.cpp`), bit by bit.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.errors import KernelError

TOTAL_BITS: Final = 24
TOTAL: Final = 1 << TOTAL_BITS

ROOTS: Final = (
    *(3037000500, 3611622603, 3938502376, 4112874773, 4202935003, 4248701965),
    *(4271771996, 4283353945, 4289156690, 4292061010, 4293513907, 4294240540),
)
"""2^(-1/2), 2^(-1/4), ... 2^(-1/4096) in units of 2^-32."""

_FRACTION_BITS: Final = len(ROOTS)
_STEPS_PER_NAT: Final = 5909.278887481194  # 4096 / ln 2
_FURTHEST: Final = 32.0 * (1 << _FRACTION_BITS)


def power_table() -> NDArray[np.uint64]:
    """Return (4096,): 2^(-i/4096) in units of 2^-31."""
    table = np.full(1 << _FRACTION_BITS, 1 << 31, np.uint64)
    for bit, root in enumerate(ROOTS):
        chosen = np.arange(len(table)) >> (_FRACTION_BITS - 1 - bit) & 1 == 1
        table[chosen] = table[chosen] * np.uint64(root) >> np.uint64(32)
    return table


def frequencies(logits: NDArray[np.floating[Any]], table: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Return softmax(logits) in units of 2^-24: each at least 1, of sum 2^24.

    What rounding leaves over goes to the largest logit, of equals the smallest byte.

    Args:
        logits: (256,) float32.
        table: what `power_table` returned.

    Raises:
        KernelError: a logit is not finite.
    """
    if not np.isfinite(logits).all():
        raise KernelError("the model came to a logit that is not finite")
    exact = logits.astype(np.float64)
    top = int(exact.argmax())
    steps = np.minimum((exact[top] - exact) * _STEPS_PER_NAT + 0.5, _FURTHEST).astype(np.uint64)
    whole = steps >> np.uint64(_FRACTION_BITS)
    power = table[steps & np.uint64(len(table) - 1)] >> np.minimum(whole, np.uint64(32))
    found: NDArray[np.uint64] = 1 + power * np.uint64(TOTAL - 256) // power.sum()
    found[top] += np.uint64(TOTAL) - found.sum()
    return found.astype(np.uint32, copy=False)
