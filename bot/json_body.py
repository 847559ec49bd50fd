"""The JSON of a request, read so that no body can fail later: bounded depth, numbers and text."""

from __future__ import annotations

import json
import math
from typing import Any

from flask import Request

DEEPEST = 20
LARGEST = 2**63 - 1


class BadBody(ValueError):
    """A request's body is not JSON that a program of ours would read."""


def read_json(request: Request) -> Any:
    """Return the JSON of a request; None where it has no body, or one that is not sent as JSON.

    Raises:
        BadBody: not UTF-8, not JSON, nested too deeply, a number that is too large, or half a
            surrogate pair in a text.
    """
    body = request.get_data()
    if not request.is_json or not body:
        return None
    try:
        found = json.loads(body.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:  # also a figure of thousands of digits
        raise BadBody("the body is not JSON, or nested too deeply") from error
    _check(found, 0)
    return found


def _refuse(name: str) -> None:
    raise BadBody(f"{name} is not a number")


def _check(value: Any, depth: int) -> None:
    """Look at every value once."""
    if depth > DEEPEST:
        raise BadBody(f"the body is nested more than {DEEPEST} deep")
    if isinstance(value, str):
        if not _is_text(value):
            raise BadBody("a text holds half a surrogate pair")
    elif isinstance(value, (int, float)):
        if not abs(value) <= LARGEST or (isinstance(value, float) and not math.isfinite(value)):
            raise BadBody("a number is too large")
    elif isinstance(value, list):
        for one in value:
            _check(one, depth + 1)
    elif isinstance(value, dict):
        for name, one in value.items():
            _check(name, depth + 1)
            _check(one, depth + 1)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
