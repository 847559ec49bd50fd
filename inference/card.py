"""A model's card: what `config.json` says about it, every field checked."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from dataclasses import fields as dataclass_fields
from itertools import pairwise
from typing import Any, Final, TypeGuard

from inference.automaton import CODECS
from inference.errors import CheckpointError

FORMAT: Final = "xinglin-1"
FAMILIES: Final = ("wygpt", "wygpt-ngram")
VOCABULARY: Final = 256
LIMITS: Final = {
    "width": (4, 4096),
    "layers": (1, 512),
    "heads": (1, 256),
    "context": (2, 65536),
}
"""Smallest and largest of each size."""

MOST_ORDERS: Final = 8
LONGEST_NGRAM: Final = 16


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A checked `config.json`.

    Attributes:
        format: version of the folder's layout.
        family: architecture.
        codec: text codec of the bytes that the model reads and writes.
        context: C, bytes that attention reaches, the present one counted.
        width: E.
        layers: L.
        heads: H, a divisor of E.
        parameters: L (11 E^2 + H C) + 256 E, and E for each row of n-grams.
        corpora: what the model was trained on.
        bytes_seen: bytes of training text, repetitions counted.
        valid: measured quality, by name.
        licence: SPDX name of the weights' licence.
        sha256: of `model.safetensors`, in hexadecimal.
        name: what people call the model.
        version: of these weights.
        ngram_orders: lengths of the hashed n-grams, ascending; family `wygpt-ngram` only.
        ngram_rows: rows of each n-gram table; family `wygpt-ngram` only.
        unsure_bits: a reply that surprised the model itself by more bits a character than this was
            made up, and is better not shown; 0 for no such bound. It may lack in the file.
        answers: whether it was taught to answer; a model that was not goes on with a text. It may
            lack in the file, for one that was.
    """

    format: str
    family: str
    codec: str
    context: int
    width: int
    layers: int
    heads: int
    parameters: int
    corpora: tuple[str, ...]
    bytes_seen: int
    valid: Mapping[str, float]
    licence: str
    sha256: str
    name: str
    version: str
    ngram_orders: tuple[int, ...] = ()
    ngram_rows: int = 0
    unsure_bits: float = 0.0
    answers: bool = True

    def tensor_shapes(self) -> dict[str, tuple[int, int]]:
        """Return the shape of every tensor of `model.safetensors`, by name."""
        sizes = (self.width, self.layers, self.heads, self.context)
        return ngram_shapes(self.width, self.ngram_orders, self.ngram_rows) | wygpt_shapes(*sizes)

    def fields(self) -> dict[str, object]:
        """Return what `config.json` holds: the fields of this family."""
        found = asdict(self)
        defaults = {field.name: field.default for field in dataclass_fields(self)}
        optional = {n: found[n] for n in _OPTIONAL_CHECKS if found[n] != defaults[n]}
        return {name: found[name] for name in _checks_of(self.family)} | optional


def wygpt_shapes(width: int, layers: int, heads: int, context: int) -> dict[str, tuple[int, int]]:
    """Return the shape of every tensor of a `wygpt` model, in the order of the forward pass."""
    shapes: dict[str, tuple[int, int]] = {}
    for layer in range(layers):
        shapes |= {
            f"blocks.{layer}.a.u": (2 * width, width),
            f"blocks.{layer}.a.o": (width, width),
            f"blocks.{layer}.b.x": (4 * width, width),
            f"blocks.{layer}.b.o": (width, width),
            f"blocks.{layer}.b.pe": (heads, context),
            f"blocks.{layer}.c.u": (2 * width, width),
            f"blocks.{layer}.c.o": (width, width),
        }
    shapes["head"] = (VOCABULARY, width)
    return shapes


def ngram_shapes(width: int, orders: Sequence[int], rows: int) -> dict[str, tuple[int, int]]:
    """Return the shape of every n-gram table, by name."""
    return {f"ngram.{order}": (rows, width // len(orders)) for order in orders}


def is_matrix(name: str) -> bool:
    """Tell a matrix, which the forward pass divides by the root of its fan-in, from a table."""
    return not name.endswith(".pe") and not name.startswith("ngram.")


def count_parameters(width: int, layers: int, heads: int, context: int, ngram_rows: int = 0) -> int:
    """Count of trained numbers: L (11 E^2 + H C) + 256 E, and E for each row of n-grams."""
    return layers * (11 * width**2 + heads * context) + (VOCABULARY + ngram_rows) * width


def parse_card(fields: object, source: str) -> ModelCard:
    """Check everything that `config.json` says.

    Args:
        fields: the parsed JSON.
        source: name of the file, for the sentences.

    Raises:
        CheckpointError: a field is missing, unknown, of another type or out of its range.
    """
    if not isinstance(fields, dict):
        raise CheckpointError(f"{source}: it must hold one JSON object")
    checks = _checks_of(fields.get("family"))
    for name in fields:
        if name not in checks and name not in _OPTIONAL_CHECKS:
            raise CheckpointError(f"{source}: the field {name!r} is unknown")
    for name in checks:
        if name not in fields:
            raise CheckpointError(f"{source}: the field {name!r} is missing")
    optional = {name: check for name, check in _OPTIONAL_CHECKS.items() if name in fields}
    values: dict[str, Any] = {}
    for name, check in (*checks.items(), *optional.items()):
        try:
            values[name] = check(fields[name])
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise CheckpointError(f"{source}: {name} is {_short(fields[name])}; {error}") from None
    card = ModelCard(**values)
    _check_together(card, source)
    return card


def _check_together(card: ModelCard, source: str) -> None:
    if card.width % card.heads:
        raise CheckpointError(
            f"{source}: width is {card.width}; it must be a multiple of heads, {card.heads}"
        )
    if card.ngram_orders and card.width % len(card.ngram_orders):
        raise CheckpointError(
            f"{source}: width is {card.width}; it must be a multiple of the number of "
            f"ngram_orders, {len(card.ngram_orders)}"
        )
    sizes = (card.width, card.layers, card.heads, card.context, card.ngram_rows)
    expected = count_parameters(*sizes)
    if card.parameters != expected:
        raise CheckpointError(
            f"{source}: parameters is {card.parameters}; these sizes make {expected}"
        )


def _checks_of(family: object) -> Mapping[str, Callable[[object], object]]:
    return _CHECKS | _NGRAM_CHECKS if family == "wygpt-ngram" else _CHECKS


def _one_of(*allowed: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError(f"it must be {' or '.join(map(repr, allowed))}")
        return value

    return check


def _integer(low: int, high: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"it must be a whole number from {low} to {high}")
        return value

    return check


def _text(pattern: str, meaning: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ValueError(f"it must be {meaning}")
        return value

    return check


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(map(_is_writable, value)):
        raise ValueError("it must be a list of texts")
    return tuple(value)


def _orders(value: object) -> tuple[int, ...]:
    check = _integer(1, LONGEST_NGRAM)
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= MOST_ORDERS:
        raise ValueError(f"it must be a list of 1 to {MOST_ORDERS} whole numbers")
    found = tuple(map(check, value))
    if any(one >= next_one for one, next_one in pairwise(found)):
        raise ValueError("it must ascend")
    return found


def _measures(value: object) -> dict[str, float]:
    if not isinstance(value, dict) or not all(
        _is_writable(name) and _is_finite_number(number) for name, number in value.items()
    ):
        raise ValueError("it must be an object of finite numbers")
    return dict(value)


def _bits(value: object) -> float:
    if not _is_finite_number(value) or not 0 <= value <= 64:
        raise ValueError("it must be a number of bits from 0 to 64")
    return float(value)


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("it must be true or false")  # noqa: TRY004 - every check raises this
    return value


def _is_finite_number(value: object) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < _LARGEST if isinstance(value, int) else math.isfinite(value)


def _is_writable(value: object) -> TypeGuard[str]:
    """Whether it is a text that UTF-8 can hold: half of a surrogate pair it cannot."""
    return isinstance(value, str) and not re.search(r"[\ud800-\udfff]", value)


def _short(value: object) -> str:
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits, lists in lists
        return f"a {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


_LARGEST: Final = 2**63
"""Whole numbers below it; Python would read one of any length."""

_LINE: Final = r"[^\x00-\x1f\ud800-\udfff]{1,100}"
"""No control character, and no half of a surrogate pair, which no file in UTF-8 can hold."""

_CHECKS: Final[dict[str, Callable[[object], object]]] = {
    "format": _one_of(FORMAT),
    "family": _one_of(*FAMILIES),
    "codec": _one_of(*CODECS),
    **{name: _integer(low, high) for name, (low, high) in LIMITS.items()},
    "parameters": _integer(1, 2**40),
    "corpora": _names,
    "bytes_seen": _integer(0, 2**63 - 1),
    "valid": _measures,
    "licence": _text(_LINE, "a licence's name of 1 to 100 characters"),
    "sha256": _text(r"[0-9a-f]{64}", "64 hexadecimal digits in lower case"),
    "name": _text(_LINE, "a text of 1 to 100 characters"),
    "version": _text(_LINE, "a text of 1 to 100 characters"),
}
_NGRAM_CHECKS: Final[dict[str, Callable[[object], object]]] = {
    "ngram_orders": _orders,
    "ngram_rows": _integer(1, 2**24),
}
_OPTIONAL_CHECKS: Final[dict[str, Callable[[object], object]]] = {
    "unsure_bits": _bits,
    "answers": _truth,
}
