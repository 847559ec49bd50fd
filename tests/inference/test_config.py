import pytest

from inference.config import BACKENDS, EngineConfig
from inference.errors import ConfigError


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_backend_can_be_named(backend: str) -> None:
    assert EngineConfig(backend=backend).backend == backend


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("backend", "tpu"),
        ("backend", ""),
        ("isa", ""),
        ("isa", "AVX"),
        ("isa", "../x"),
        ("isa", 1),
        ("threads", 0),
        ("threads", 257),
        ("threads", True),
        ("max_batch", 0),
        ("max_batch", 1025),
        ("max_batch", 1.5),
    ],
)
def test_value_out_of_range_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(ConfigError, match=rf"^{field} is .*must be"):
        EngineConfig(**{field: value})
