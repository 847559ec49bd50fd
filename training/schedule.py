"""Schedule of a run: its end, learning rate and window length, by how far it has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np

from training.errors import RunError

Stages = tuple[tuple[float, int], ...]


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Options. A run ends at `bytes_budget`, `minutes` or `processor_seconds`: the first.

    Attributes:
        codec: text codec of the model.
        bytes_budget: bytes to see; 0 means no bound.
        minutes: wall-clock minutes of training, over all resumed parts; 0 means no bound.
        processor_seconds: processor time of training, all threads together, over all resumed
            parts; 0 means no bound.
        batch_bytes: bytes a step.
        curriculum: (amount, steps a window) of each stage, in order; an amount is a share of the
            run, or above 1 a number of bytes; the last stage goes on to the end.
        sliding: share of the windows of the last stage in which attention reaches only a random
            part of the context, so that the model also learns to go on where the ring has
            forgotten the beginning.
        muon_lr: peak learning rate of the matrices.
        adam_lr: peak learning rate of heads, distance biases and tables.
        weight_decay: of the matrices, times the learning rate.
        warmup_steps: steps of linear warm-up.
        decay_share: last share of the run in which the rate falls linearly to zero; without one a
            run needs no end.
        seed: of weights and windows.
        shares: weight of each corpus.
        distilled: corpora in which the model is to go on saying what it said at the start.
        valid_every_s: seconds between validations and checkpoints.
    """

    codec: str = "gb18030"
    bytes_budget: int = 0
    minutes: float = 0.0
    processor_seconds: float = 0.0
    batch_bytes: int = 4096
    curriculum: Stages = ((0.6, 256), (0.4, 512))
    sliding: float = 0.0
    muon_lr: float = 0.02
    adam_lr: float = 3e-3
    weight_decay: float = 0.02
    warmup_steps: int = 60
    decay_share: float = 0.35
    seed: int = 1
    shares: dict[str, float] = field(default_factory=dict)
    distilled: tuple[str, ...] = ()
    valid_every_s: float = 240.0

    def check(self) -> None:
        """Refuse what cannot be trained.

        Raises:
            RunError: the run has no end though its rate is to fall, or a field is out of range.
        """
        if self.endless and self.decay_share:
            raise RunError(
                "set --bytes, --minutes or --cpu-seconds; without one the run has no end, and only "
                "a rate that never falls (--decay-share 0) goes with that"
            )
        for name, bound in self.bounds.items():
            if not bound >= 0:
                raise RunError(f"{name} is {bound}; it must not be below 0")
        if not 0.0 <= self.decay_share <= 1.0:
            raise RunError(f"--decay-share is {self.decay_share}; it must be from 0 to 1")
        for name in ("muon_lr", "adam_lr", "batch_bytes"):
            if not getattr(self, name) > 0:
                option = name.replace("_", "-")
                raise RunError(f"--{option} is {getattr(self, name)}; it must be above 0")
        _check_stages(self.curriculum, endless=self.endless)

    @property
    def endless(self) -> bool:
        """True if the run goes on until it is stopped."""
        return not any(self.bounds.values())

    @property
    def bounds(self) -> dict[str, float]:
        """Bounds that may end the run, by the option that sets them; 0 does not."""
        return {
            "--bytes": self.bytes_budget,
            "--minutes": self.minutes,
            "--cpu-seconds": self.processor_seconds,
        }


@dataclass(slots=True)
class Progress:
    """Progress of a run; saved with each checkpoint.

    The last four say where it began, in steps, bytes, seconds and processor seconds: 0, or where a
    run that lets the rate fall left the one that does not.
    """

    step: int = 0
    bytes_seen: int = 0
    seconds: float = 0.0
    processor_seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)
    before: dict[str, float] = field(default_factory=dict)
    first_step: int = 0
    first_byte: int = 0
    first_second: float = 0.0
    first_processor_second: float = 0.0


def done_share(config: TrainConfig, progress: Progress) -> float:
    """Return the share of the run that is done; of one without an end, 0."""
    shares = [0.0]
    if config.bytes_budget:
        shares.append((progress.bytes_seen - progress.first_byte) / config.bytes_budget)
    if config.minutes:
        shares.append((progress.seconds - progress.first_second) / 60 / config.minutes)
    if config.processor_seconds:
        spent = progress.processor_seconds - progress.first_processor_second
        shares.append(spent / config.processor_seconds)
    return min(1.0, max(shares))


def rate_at(config: TrainConfig, progress: Progress) -> float:
    """Return the share of the peak learning rates."""
    warm = min(1.0, (progress.step + 1) / config.warmup_steps) if config.warmup_steps else 1.0
    left = 1.0 - done_share(config, progress)
    return warm * (min(1.0, left / config.decay_share) if config.decay_share else 1.0)


def window_at(config: TrainConfig, progress: Progress, context: int) -> tuple[int, int | None]:
    """Return the steps of this step's windows, and of how many attention reaches; None: all.

    Of the step's number and not of a generator's state, so that a resumed run goes on alike.
    """
    branched = progress.first_step > 0
    done = 1.0 if branched else done_share(config, progress)
    length, last = stage_at(config.curriculum, done, progress.bytes_seen)
    random = np.random.default_rng((config.seed, progress.step))
    if not last or random.random() >= config.sliding:
        return length, None
    longest = min(length, context)
    return length, int(random.integers(max(1, longest // 4), longest + 1))


def stage_at(stages: Sequence[tuple[float, int]], done: float, seen: int = 0) -> tuple[int, bool]:
    """Return the window's length after `done` of the run, and whether the stage is the last."""
    end = 0.0
    for amount, length in stages[:-1]:
        end += amount
        if (seen if amount > 1 else done) < end:
            return length, False
    return stages[-1][1], True


def _check_stages(stages: Stages, *, endless: bool) -> None:
    if not stages or any(not amount > 0 or length < 1 for amount, length in stages):
        raise RunError(f"--curriculum is {stages}; amounts and lengths must be above 0")
    kinds = {amount > 1 for amount, _ in stages[:-1]}
    if len(kinds) > 1:
        raise RunError("--curriculum mixes shares of the run and numbers of bytes; give one kind")
    if endless and False in kinds:
        raise RunError(
            "--curriculum has shares of a run that has no end; give bytes (20M:128,80M:256,1:1024)"
        )


def as_fields(config: TrainConfig) -> dict[str, Any]:
    """Return a configuration for JSON."""
    return asdict(config)


def from_fields(saved: Mapping[str, Any]) -> TrainConfig:
    """Return the configuration that `as_fields` wrote.

    Raises:
        RunError: a field is unknown.
    """
    known = {one.name for one in fields(TrainConfig)}
    if unknown := sorted(set(saved) - known):
        raise RunError(f"the run's configuration holds {unknown[0]!r}, which is unknown here")
    stages = tuple((float(amount), int(length)) for amount, length in saved["curriculum"])
    distilled = tuple(saved["distilled"])
    return TrainConfig(**{**saved, "curriculum": stages, "distilled": distilled})
