import math
from dataclasses import FrozenInstanceError

import pytest

from inference.errors import ConfigError
from inference.sampling import METHODS, SamplingConfig


@pytest.mark.parametrize("method", METHODS)
def test_every_method_can_be_chosen(method: str) -> None:
    assert SamplingConfig(method=method).method == method


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("top_e", 0),
        ("top_e", math.inf),
        ("temperature", 0.01),
        ("top_k", 1),
        ("top_k", 256),
        ("top_p", 1),
        ("min_p", 0),
        ("max_bytes", 1),
        ("seed", 2**64 - 1),
    ],
)
def test_ends_of_each_range_are_allowed(field: str, value: object) -> None:
    assert getattr(SamplingConfig(**{field: value}), field) == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("method", "beam"),
        ("top_e", -0.1),
        ("top_e", math.nan),
        ("top_e", "1"),
        ("temperature", 0),
        ("temperature", math.inf),
        ("temperature", math.nan),
        ("top_k", 0),
        ("top_k", 257),
        ("top_k", 1.0),
        ("top_p", 0),
        ("top_p", 1.01),
        ("min_p", -1e-9),
        ("min_p", True),
        ("max_bytes", 0),
        ("max_bytes", 2**20 + 1),
        ("seed", -1),
        ("seed", 2**64),
        ("seed", None),
    ],
)
def test_value_out_of_range_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(ConfigError, match=rf"^{field} is .*must be"):
        SamplingConfig(**{field: value})


def test_options_cannot_be_changed_afterwards() -> None:
    with pytest.raises(FrozenInstanceError):
        SamplingConfig().seed = 1
