"""The sampling rules that the study compares, and the settings that each is tried at.

The product's rules are those of `inference/reference/sampler.py`; the others exist here only.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.batched_decoding import Rule, Weights
from inference.reference.sampler import MatchPenalty, candidates
from inference.sampling import SamplingConfig


def probabilities(logits: NDArray[Any], allowed: NDArray[np.bool_], temperature: float) -> Weights:
    """Return (256,) float64 softmax of logits / temperature over the allowed bytes, 0 elsewhere."""
    exact = np.where(allowed, logits.astype(np.float64) / temperature, -np.inf)
    powers: Weights = np.exp(exact - exact.max())
    shares: Weights = powers / powers.sum()
    return shares


def entropy(p: Weights) -> float:
    """Return -sum p ln p, in nats."""
    some = p[p > 0]
    return float(-(some * np.log(some)).sum())


def keep_typical(p: Weights, mass: float) -> Weights:
    """Keep the bytes whose surprise is nearest to the entropy, the fewest whose sum reaches `mass`.

    Source: Meister et al. 2023, Locally Typical Sampling, arXiv:2202.00666.
    """
    surprise = -np.log(p, where=p > 0, out=np.full(p.shape, -np.inf))
    distance = np.where(p > 0, np.abs(surprise - entropy(p)), np.inf)
    order = np.argsort(distance, kind="stable")
    reached = int(np.searchsorted(np.cumsum(p[order]), mass)) + 1
    kept = order[: min(reached, int(np.count_nonzero(p)))]
    weights = np.zeros_like(p)
    weights[kept] = p[kept]
    return weights


def keep_above(p: Weights, floor: float) -> Weights:
    """Keep the bytes of at least `floor`, and always the most probable."""
    return np.where((p >= floor) | (p == p.max()), p, 0.0)


def keep_eta(p: Weights, epsilon: float) -> Weights:
    """Keep bytes of at least min(epsilon, sqrt(epsilon) e^-E).

    Source: Hewitt et al. 2022, Truncation Sampling as Language Model Desmoothing, arXiv:2210.15191.
    """
    return keep_above(p, min(epsilon, math.sqrt(epsilon) * math.exp(-entropy(p))))


def keep_cut(p: Weights, top_e: float) -> Weights:
    """Keep bytes of at least e^-E / top_e: Top-E as a floor instead of a count."""
    return keep_above(p, math.exp(-entropy(p)) / top_e)


class _Typical:
    def __init__(self, mass: float, temperature: float = 1.0) -> None:
        self._mass, self._temperature = mass, temperature

    def __call__(self, logits: NDArray[Any], allowed: NDArray[np.bool_], _: bytes) -> Weights:
        return keep_typical(probabilities(logits, allowed, self._temperature), self._mass)


class _Eta:
    def __init__(self, epsilon: float, temperature: float = 1.0) -> None:
        self._epsilon, self._temperature = epsilon, temperature

    def __call__(self, logits: NDArray[Any], allowed: NDArray[np.bool_], _: bytes) -> Weights:
        return keep_eta(probabilities(logits, allowed, self._temperature), self._epsilon)


class _Cut:
    def __init__(self, top_e: float, temperature: float = 1.0) -> None:
        self._top_e, self._temperature = top_e, temperature

    def __call__(self, logits: NDArray[Any], allowed: NDArray[np.bool_], _: bytes) -> Weights:
        return keep_cut(probabilities(logits, allowed, self._temperature), self._top_e)


class _Product:
    """A rule of the product, as its reference defines it."""

    def __init__(self, config: SamplingConfig) -> None:
        self._config = config
        self._penalties: dict[bytes, MatchPenalty] = {}

    def __call__(self, logits: NDArray[Any], allowed: NDArray[np.bool_], data: bytes) -> Weights:
        if self._config.method != "wygpt":
            return candidates(logits, allowed, self._config)
        penalty = self._penalties.pop(data[:-1], None)
        if penalty is None:
            penalty = MatchPenalty()
            penalty.feed(data)
        else:
            penalty.feed(data[-1:])
        self._penalties[data] = penalty
        return candidates(logits, allowed, self._config, penalty.values())


def _product(**options: Any) -> Rule:
    return _Product(SamplingConfig(**options))


def grid(*, quick: bool = False) -> dict[str, dict[str, Rule]]:
    """Return the settings of each method, by its name; `quick` takes the first of each."""
    every: dict[str, dict[str, Rule]] = {
        "greedy": {"": _product(top_e=0.0)},
        "temperature": {
            f"T {t}": _product(top_e=math.inf, temperature=t) for t in (0.7, 0.6, 0.8, 0.9, 1.0)
        },
        "top-k": {
            _label("k", k, t): _product(method="top-k", top_k=k, temperature=t)
            for k, t in ((8, 1.0), (5, 1.0), (12, 0.8), (24, 0.8))
        },
        "top-p": {
            _label("p", p, t): _product(method="top-p", top_p=p, temperature=t)
            for p, t in ((0.8, 1.0), (0.7, 1.0), (0.9, 0.8), (0.95, 0.8))
        },
        "min-p": {
            _label("p", p, t): _product(method="min-p", min_p=p, temperature=t)
            for p, t in ((0.1, 1.0), (0.05, 1.0), (0.02, 0.8), (0.05, 0.8))
        },
        "typical": {
            _label("mass", m, t): _Typical(m, t) for m, t in ((0.7, 1.0), (0.8, 1.0), (0.9, 0.8))
        },
        "eta": {_label("eps", e, t): _Eta(e, t) for e, t in ((0.03, 1.0), (0.1, 1.0), (0.02, 0.8))},
        "wygpt": {"": _product(method="wygpt")},
        "top-e": {
            _label("e", e, t): _product(top_e=e, temperature=t)
            for e, t in (
                *((1.0, 1.0), (0.5, 1.0), (2.0, 1.0)),
                *((1.0, 0.8), (1.5, 0.8), (2.0, 0.8), (3.0, 0.8), (1.0, 0.7)),
            )
        },
        "e-cut": {_label("e", e, t): _Cut(e, t) for e, t in ((2.0, 1.0), (4.0, 1.0), (8.0, 0.8))},
    }
    if not quick:
        return every
    return {method: dict(list(settings.items())[:1]) for method, settings in every.items()}


def _label(name: str, value: float, temperature: float) -> str:
    text = f"{name} {value:g}"
    return text if temperature == 1.0 else f"{text}, T {temperature:g}"
