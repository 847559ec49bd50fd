"""The engine's own options. The shape of a model is never among them: the checkpoint says it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, get_args

from inference.errors import ConfigError

BackendName = Literal["auto", "cpu", "cuda", "reference", "echo"]
BACKENDS: tuple[BackendName, ...] = get_args(BackendName)

MAX_BATCH: Final = 1024
"""As XL_MAX_BATCH in `csrc/include/xinglin.h`."""


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """Options of running a model.

    Attributes:
        backend: `auto` takes the fastest that is there; `cpu` and `cuda` are native;
            `reference` is NumPy; `echo` answers the user's own text, for load tests.
        isa: instruction set of `cpu`: `auto`, or the name of one that the library has; with one,
            `auto` takes no GPU.
        threads: decoding threads of a native backend.
        max_batch: sequences decoded at the same time; more wait their turn.
        cache_bytes: memory for the keys and values of finished sequences, over all threads: the
            next turn of a conversation goes on from there; 0 keeps none.

    Raises:
        ConfigError: a field is out of its range; the sentence names it.
    """

    backend: BackendName = "auto"
    isa: str = "auto"
    threads: int = 1
    max_batch: int = 32
    cache_bytes: int = 64 << 20

    def __post_init__(self) -> None:
        if self.backend not in BACKENDS:
            raise ConfigError(
                f"backend is {self.backend!r}; it must be one of {', '.join(BACKENDS)}"
            )
        if not isinstance(self.isa, str) or not re.fullmatch(
            r"[a-z0-9][a-z0-9_.-]{0,31}", self.isa
        ):
            raise ConfigError(
                f"isa is {self.isa!r}; it must be 'auto' or an instruction set's name"
            )
        for name, low, high in (
            ("threads", 1, 256),
            ("max_batch", 1, MAX_BATCH),
            ("cache_bytes", 0, 1 << 40),
        ):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise ConfigError(f"{name} is {value!r}; it must be a number from {low} to {high}")
