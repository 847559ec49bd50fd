"""Options of a sequence's sampler, checked when they are made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from inference.errors import ConfigError

Method = Literal["top-e", "top-k", "top-p", "min-p", "wygpt"]
METHODS: tuple[Method, ...] = get_args(Method)

MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class SamplingConfig:
    """One sequence's sampling. Only the fields that `method` names are looked at.

    Attributes:
        method: which bytes stay candidates. `top-e`: the k most probable, k = max(1, round half
            up of top_e * e^E) for the entropy E in nats; `top-k`: the `top_k` most probable;
            `top-p`: the fewest most probable whose sum reaches `top_p`; `min-p`: those of at
            least `min_p` times the largest; `wygpt`: the original's rule (1/256 taken off after
            its repetition penalty and its temperature of 1/sqrt 2).
        top_e: 0 greedy, 1 as many choices as the entropy says, infinity plain sampling.
        temperature: logits are divided by it before every method (by `wygpt` on top of its own).
        top_k: at least 1.
        top_p: in (0, 1].
        min_p: in [0, 1].
        max_bytes: length of the reply; the character under way is still finished.
        seed: of the sequence's own generator, 0 to 2^64 - 1.

    Raises:
        ConfigError: a field is out of its range; the sentence names it.
    """

    method: Method = "top-e"
    top_e: float = 1.0
    temperature: float = 1.0
    top_k: int = 40
    top_p: float = 0.9
    min_p: float = 0.05
    max_bytes: int = 600
    seed: int = 0

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ConfigError(f"method is {self.method!r}; it must be one of {', '.join(METHODS)}")
        _check_number("top_e", self.top_e, 0.0, math.inf)
        _check_number("temperature", self.temperature, 0.01, 100.0)
        _check_number("top_p", self.top_p, 1e-6, 1.0)
        _check_number("min_p", self.min_p, 0.0, 1.0)
        _check_integer("top_k", self.top_k, 1, 256)
        _check_integer("max_bytes", self.max_bytes, 1, MAX_BYTES)
        _check_integer("seed", self.seed, 0, 2**64 - 1)


def _check_number(name: str, value: object, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ConfigError(f"{name} is {value!r}; it must be a number")
    if not low <= value <= high:
        raise ConfigError(f"{name} is {value}; it must be from {low:g} to {high:g}")


def _check_integer(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ConfigError(f"{name} is {value!r}; it must be a whole number")
    if not low <= value <= high:
        raise ConfigError(f"{name} is {value}; it must be from {low} to {high}")
