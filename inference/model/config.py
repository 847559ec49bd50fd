"""A model's card: what `config.json` says about it, every field checked."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from dataclasses import fields as dataclass_fields
from itertools import pairwise
from typing import Any, Final, TypeGuard

from inference.automaton import CODECS
from inference.errors import CheckpointError

FORMAT: Final = "xinglin-1"
PAIR_FAMILY: Final = "wygpt-pair"
FAMILIES: Final = ("wygpt", "wygpt-ngram", PAIR_FAMILY)
VOCABULARY: Final = 256
LIMITS: Final = {"width": (4, 4096), "layers": (1, 512), "heads": (1, 256), "context": (2, 65536)}
"""Smallest and largest of each size."""

MOST_ORDERS: Final = 8
LONGEST_NGRAM: Final = 16
"""Bytes; in the family of pairs, half as many pairs."""
MOST_ROWS: Final = 2**24


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """A checked `config.json`.

    Attributes:
        format: version of the folder's layout.
        family: architecture.
        codec: text codec of the bytes that the model reads and writes.
        context: C, steps that attention reaches, the present one counted. A step reads one byte, in
            family `wygpt-pair` two.
        width: E.
        layers: L.
        heads: H, a divisor of E.
        parameters: numbers in all tensors: L (11 E^2 + H C) + 256 E, and the tables of n-grams; in
            family `wygpt-pair` also 3 E^2 + 512 E of the second head.
        corpora: what the model was trained on.
        bytes_seen: bytes of training text, repetitions counted.
        valid: measured quality, by name.
        licence: SPDX name of the weights' licence.
        sha256: of `model.safetensors`, in hexadecimal.
        name: what people call the model.
        version: of these weights.
        ngram_orders: lengths of the hashed n-grams in steps, ascending; not in family `wygpt`.
        ngram_rows: rows of the n-gram tables: family `wygpt-ngram` has one number for all tables,
            `wygpt-pair` a list with one for each. See `table_rows`.
        unsure_bits: a reply that surprised the model itself by more bits a character than this was
            made up, and is better not shown; 0 for no such bound. It may lack in the file.
        answers: whether it was taught to answer; a model that was not goes on with a text. It may
            lack in the file, for one that was.
        evidence: whether its chat format has evidence: it was taught to answer from pieces of text
            before the question. It may lack in the file, for a model without.
        mixing: whether attention's keys and values take in a part of those of the step before;
            family `wygpt-pair` only. It may lack in the file, for a model without.
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
    ngram_rows: int | tuple[int, ...] = 0
    unsure_bits: float = 0.0
    answers: bool = True
    evidence: bool = False
    mixing: bool = False

    @property
    def step_bytes(self) -> int:
        """Bytes that one step of the model reads."""
        return 2 if self.family == PAIR_FAMILY else 1

    @property
    def context_bytes(self) -> int:
        """Bytes that attention reaches."""
        return self.step_bytes * self.context

    @property
    def renewed_bytes(self) -> int:
        """Bytes of half a context, whole steps: where reading begins anew, see `renewing.py`."""
        return self.step_bytes * (self.context // 2)

    @property
    def table_rows(self) -> tuple[int, ...]:
        """Rows of each n-gram table, one number for each order."""
        if isinstance(self.ngram_rows, int):
            return (self.ngram_rows,) * len(self.ngram_orders)
        return self.ngram_rows

    def tensor_shapes(self) -> dict[str, tuple[int, int]]:
        """Return the shape of every tensor of `model.safetensors`, by name."""
        sizes = (self.width, self.layers, self.heads, self.context)
        shapes = ngram_shapes(self.width, self.ngram_orders, self.table_rows) | wygpt_shapes(*sizes)
        if self.family == PAIR_FAMILY:
            shapes |= second_shapes(self.width)
        return shapes | mixing_shapes(self.width, self.layers) if self.mixing else shapes

    def count(self) -> int:
        """Return how many numbers the tensors hold."""
        return sum(rows * columns for rows, columns in self.tensor_shapes().values())

    def fields(self) -> dict[str, object]:
        """Return what `config.json` holds: the fields of this family."""
        found = asdict(self)
        defaults = {field.name: field.default for field in dataclass_fields(self)}
        optional = {n: found[n] for n in _optional_of(self.family) if found[n] != defaults[n]}
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


def ngram_shapes(
    width: int, orders: Sequence[int], rows: int | Sequence[int]
) -> dict[str, tuple[int, int]]:
    """Return the shape of every n-gram table, by name; `rows` is of all, or of each."""
    counts = [rows] * len(orders) if isinstance(rows, int) else rows
    return {
        f"ngram.{order}": (count, width // len(orders))
        for order, count in zip(orders, counts, strict=True)
    }


def second_shapes(width: int) -> dict[str, tuple[int, int]]:
    """Return the shape of every tensor of the head for a pair's second byte, by name."""
    return {
        "second.embedding": (VOCABULARY, width),
        "second.u": (2 * width, width),
        "second.o": (width, width),
        "second.head": (VOCABULARY, width),
    }


def mixing_shapes(width: int, layers: int) -> dict[str, tuple[int, int]]:
    """Return the shape of the tensors of keys and values that are mixed, by name."""
    return {f"blocks.{layer}.b.mix": (2, width) for layer in range(layers)}


def is_matrix(name: str) -> bool:
    """Tell a matrix, which the forward pass divides by the root of its fan-in, from a table."""
    return not name.endswith((".pe", ".mix", ".embedding")) and not name.startswith("ngram.")


def count_parameters(width: int, layers: int, heads: int, context: int, ngram_rows: int = 0) -> int:
    """Count the numbers of the families of bytes; `ModelCard.count` is of every family."""
    return layers * (11 * width**2 + heads * context) + (VOCABULARY + ngram_rows) * width


def complete_config(fields: Mapping[str, object], source: str) -> ModelConfig:
    """Check a card whose `parameters` is still to be counted, and count it.

    Raises:
        CheckpointError: as `parse_card`.
    """
    card = replace(_checked_fields({**fields, "parameters": 1}, source), parameters=0)
    _check_sizes(card, source)
    return replace(card, parameters=card.count())


def parse_config(fields: object, source: str) -> ModelConfig:
    """Check everything that `config.json` says.

    Args:
        fields: the parsed JSON.
        source: name of the file, for the sentences.

    Raises:
        CheckpointError: a field is missing, unknown, of another type or out of its range.
    """
    card = _checked_fields(fields, source)
    _check_sizes(card, source)
    if card.parameters != (expected := card.count()):
        raise CheckpointError(
            f"{source}: parameters is {card.parameters}; these sizes make {expected}"
        )
    return card


def _checked_fields(fields: object, source: str) -> ModelConfig:
    """Check each field by itself."""
    if not isinstance(fields, dict):
        raise CheckpointError(f"{source}: it must hold one JSON object")
    checks = _checks_of(fields.get("family"))
    known = _optional_of(fields.get("family"))
    for name in fields:
        if name not in checks and name not in known:
            raise CheckpointError(f"{source}: the field {name!r} is unknown")
    for name in checks:
        if name not in fields:
            raise CheckpointError(f"{source}: the field {name!r} is missing")
    optional = {name: check for name, check in known.items() if name in fields}
    values: dict[str, Any] = {}
    for name, check in (*checks.items(), *optional.items()):
        try:
            values[name] = check(fields[name])
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise CheckpointError(f"{source}: {name} is {_short(fields[name])}; {error}") from None
    return ModelConfig(**values)


def _check_sizes(card: ModelConfig, source: str) -> None:
    """Check the sizes that must fit each other."""
    if card.width % card.heads:
        raise CheckpointError(
            f"{source}: width is {card.width}; it must be a multiple of heads, {card.heads}"
        )
    if card.ngram_orders and card.width % len(card.ngram_orders):
        raise CheckpointError(
            f"{source}: width is {card.width}; it must be a multiple of the number of "
            f"ngram_orders, {len(card.ngram_orders)}"
        )
    if len(card.table_rows) != len(card.ngram_orders):
        raise CheckpointError(
            f"{source}: ngram_rows has {len(card.table_rows)} numbers; it must have one for each "
            f"of the {len(card.ngram_orders)} ngram_orders"
        )


def _checks_of(family: object) -> Mapping[str, Callable[[object], object]]:
    more = _FAMILY_CHECKS.get(family, {}) if isinstance(family, str) else {}
    return _CHECKS | more


def _optional_of(family: object) -> Mapping[str, Callable[[object], object]]:
    more = {"mixing": _truth} if family == PAIR_FAMILY else {}
    return _OPTIONAL_CHECKS | more


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


def _numbers(low: int, high: int) -> Callable[[object], tuple[int, ...]]:
    check_one = _integer(low, high)

    def check(value: object) -> tuple[int, ...]:
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= MOST_ORDERS:
            raise ValueError(f"it must be a list of 1 to {MOST_ORDERS} whole numbers")
        return tuple(map(check_one, value))

    return check


def _orders(longest: int) -> Callable[[object], tuple[int, ...]]:
    check_all = _numbers(1, longest)

    def check(value: object) -> tuple[int, ...]:
        found = check_all(value)
        if any(one >= next_one for one, next_one in pairwise(found)):
            raise ValueError("it must ascend")
        return found

    return check


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
    """Return whether UTF-8 can hold a value as text: half of a surrogate pair it cannot."""
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
_FAMILY_CHECKS: Final[dict[str, dict[str, Callable[[object], object]]]] = {
    "wygpt-ngram": {"ngram_orders": _orders(LONGEST_NGRAM), "ngram_rows": _integer(1, MOST_ROWS)},
    PAIR_FAMILY: {
        "ngram_orders": _orders(LONGEST_NGRAM // 2),
        "ngram_rows": _numbers(1, MOST_ROWS),
    },
}
_OPTIONAL_CHECKS: Final[dict[str, Callable[[object], object]]] = {
    "unsure_bits": _bits,
    "answers": _truth,
    "evidence": _truth,
}
