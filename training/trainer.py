"""The training loop: resumable, on CPU or CUDA, the same for pretraining and fine-tuning."""

from __future__ import annotations

import csv
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from training.errors import RunError
from training.fused import missing
from training.optimizer import build_optimizers
from training.plot import plot_curve
from training.shape import WygptShape
from training.windows import Batch, Measure, Source, Windows, plain_batch
from training.wygpt import Wygpt

CHECKPOINT = "checkpoint.pt"
CURVE = "curve.csv"
_VALID_ROWS = 8


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How to train. A run ends when `bytes_budget` bytes are seen or `minutes` have passed.

    Attributes:
        codec: text codec of the model.
        bytes_budget: bytes to see; 0 means no bound.
        minutes: wall-clock minutes of training, over all resumed parts; 0 means no bound.
        batch_bytes: bytes a step.
        curriculum: (share of the run, bytes a window) of each stage, in order; the last one goes
            on to the end.
        sliding: share of the windows of the last stage in which attention reaches only a random
            part of the context, so that the model also learns to go on where the ring has
            forgotten the beginning.
        muon_lr: peak learning rate of the block matrices.
        adam_lr: peak learning rate of head and distance biases.
        weight_decay: of the block matrices, times the learning rate.
        warmup_steps: steps of linear warm-up.
        decay_share: last share of the run in which the rate falls linearly to zero.
        seed: of weights and windows.
        compile: use `torch.compile`.
        fused: use the kernels of `training/fused/`; None: where they can run.
        shares: weight of each corpus.
        distilled: corpora in which the model is to go on saying what it said at the start.
        valid_every_s: seconds between validations and checkpoints.
    """

    codec: str = "gb18030"
    bytes_budget: int = 0
    minutes: float = 0.0
    batch_bytes: int = 4096
    curriculum: tuple[tuple[float, int], ...] = ((0.6, 256), (0.4, 512))
    sliding: float = 0.0
    muon_lr: float = 0.02
    adam_lr: float = 3e-3
    weight_decay: float = 0.02
    warmup_steps: int = 60
    decay_share: float = 0.35
    seed: int = 1
    compile: bool = True
    fused: bool | None = None
    shares: dict[str, float] = field(default_factory=dict)
    distilled: tuple[str, ...] = ()
    valid_every_s: float = 240.0


@dataclass(slots=True)
class Progress:
    """How far a run has come; saved with each checkpoint."""

    step: int = 0
    bytes_seen: int = 0
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)
    before: dict[str, float] = field(default_factory=dict)


class Trainer:
    """One run in one folder: `checkpoint.pt`, `curve.csv`, `curve.png`, `config.json`."""

    def __init__(  # noqa: PLR0917
        self,
        out: Path,
        shape: WygptShape,
        config: TrainConfig,
        train: Sequence[Source],
        valid: Sequence[Measure],
        device: str,
        initial: Mapping[str, Tensor] | None = None,
    ) -> None:
        """Set up, going on from `out/checkpoint.pt` when there is one.

        Args:
            out: the run's folder.
            shape: sizes of the model.
            config: how to train.
            train: what to learn from.
            valid: what to measure on.
            device: "cpu" or "cuda".
            initial: weights to start from (fine-tuning); random when None.

        Raises:
            RunError: the budget is unbounded, the checkpoint is of another shape, or `fused` is
                asked for and cannot be.
        """
        if not config.bytes_budget and not config.minutes:
            raise RunError("set --bytes or --minutes; without one the run has no end")
        fused = _fused(config, device)
        torch.manual_seed(config.seed)
        self.out, self.shape, self.config, self.device = out, shape, config, device
        self.model = Wygpt(shape)
        if initial is not None:
            self.model.load_state_dict(initial)
        self.model.to(device)
        # The teacher speaks in float32, for which the kernels are exact and not fast.
        self.teacher = _frozen(self.model) if config.distilled else None
        if fused:
            self.model.fuse()
        self.windows = Windows(train, config.shares, config.seed, config.distilled)
        self.optimizers = build_optimizers(
            self.model,
            muon_lr=config.muon_lr,
            adam_lr=config.adam_lr,
            weight_decay=config.weight_decay,
        )
        self.valid = valid
        self.progress = Progress()
        out.mkdir(parents=True, exist_ok=True)
        if (out / CHECKPOINT).exists():
            self._load()
        (out / "config.json").write_text(
            json.dumps({"shape": asdict(shape), "train": asdict(config)}, indent=2)
        )
        self._forward = torch.compile(self.model) if config.compile else self.model

    def run(self) -> Progress:
        """Train to the end of the budget; Ctrl-C saves and stops."""
        if not self.progress.before:
            self.progress.before = self.validate()
        bar = tqdm(total=1000, initial=int(1000 * self._done()), unit="‰", dynamic_ncols=True)
        last_valid = time.monotonic()
        losses: list[float] = []
        try:
            while self._done() < 1.0:
                losses.append(self._timed_step())
                bar.n = int(1000 * self._done())
                rate = self.progress.bytes_seen / max(1e-9, self.progress.seconds)
                bar.set_postfix_str(
                    f"step {self.progress.step} loss {losses[-1]:.3f} {rate:,.0f} bytes/s", False
                )
                bar.refresh()
                if time.monotonic() - last_valid > self.config.valid_every_s:
                    self._report(losses)
                    losses, last_valid = [], time.monotonic()
            self._report(losses)
        except KeyboardInterrupt:
            self.save()
            raise
        finally:
            bar.close()
        return self.progress

    def _timed_step(self) -> float:
        began = time.monotonic()
        loss = self._step()
        self.progress.seconds += time.monotonic() - began
        return loss

    def _step(self) -> float:
        config = self.config
        length, reach = self._window()
        rows = max(1, config.batch_bytes // length)
        batch = self.windows.draw(rows, length)
        rate = self._rate()
        for optimizer, peak in zip(self.optimizers, (config.muon_lr, config.adam_lr), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = peak * rate
        loss = self._loss(self._forward, batch, reach)
        loss.backward()  # type: ignore[no-untyped-call]
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.progress.step += 1
        self.progress.bytes_seen += rows * length
        return float(loss.detach())

    def _window(self) -> tuple[int, int]:
        """How long this step's windows are, and how far attention reaches in them."""
        length, last = stage_at(self.config.curriculum, self._done())
        context = self.shape.context
        # Of the step's number and not of a generator's state, so that a resumed run goes on alike.
        rng = np.random.default_rng((self.config.seed, self.progress.step))
        if not last or rng.random() >= self.config.sliding:
            return length, context
        return length, int(rng.integers(min(length, context) // 4, min(length, context) + 1))

    def _loss(
        self, forward: Callable[[Tensor, Tensor], Tensor], batch: Batch, reach: int
    ) -> Tensor:
        """Mean loss of the batch in nats per byte, each target with its weight."""
        data = torch.from_numpy(batch.data).to(self.device)
        weights = torch.from_numpy(batch.weights).to(self.device)
        with torch.autocast(self.device, torch.bfloat16, enabled=self.device == "cuda"):
            logits = forward(data[:, :-1].contiguous(), torch.tensor(reach, device=self.device))
        each = functional.cross_entropy(
            logits.float().flatten(0, 1), data[:, 1:].flatten().long(), reduction="none"
        )
        if self.teacher is not None and batch.distilled.any():
            rows = torch.from_numpy(batch.distilled).to(self.device)
            soft = self._distil(logits[rows].float(), data[rows, :-1], reach)
            each = each.view(batch.weights.shape).masked_scatter(rows[:, None], soft).flatten()
        return (each * weights.flatten()).sum() / weights.sum()

    def _distil(self, logits: Tensor, data: Tensor, reach: int) -> Tensor:
        """(B, T) cross-entropy against what the teacher expects. Source: Hinton et al. 2015."""
        assert self.teacher is not None
        with torch.no_grad():
            expected = self.teacher(data, torch.tensor(reach, device=self.device)).softmax(dim=-1)
        loss: Tensor = -(expected * logits.log_softmax(dim=-1)).sum(dim=-1)
        return loss

    def _done(self) -> float:
        config, shares = self.config, []
        if config.bytes_budget:
            shares.append(self.progress.bytes_seen / config.bytes_budget)
        if config.minutes:
            shares.append(self.progress.seconds / (60 * config.minutes))
        return max(shares)

    def _rate(self) -> float:
        """Warm-up, stable, decay. Source: Hu et al. 2024, MiniCPM, arXiv:2404.06395."""
        warm = min(1.0, (self.progress.step + 1) / self.config.warmup_steps)
        left = max(0.0, 1.0 - self._done())
        return warm * min(1.0, left / self.config.decay_share if self.config.decay_share else 1.0)

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Return bits per character of each valid set on its fixed windows."""
        result = {}
        for measure in self.valid:
            result[measure.name] = self._bits_per_byte(measure.batch) * measure.bytes_per_character
        return result

    def _bits_per_byte(self, batch: Batch) -> float:
        total = 0.0
        for start in range(0, len(batch.data), _VALID_ROWS):
            rows = slice(start, start + _VALID_ROWS)
            piece = plain_batch(batch.data[rows], batch.weights[rows])
            loss = self._loss(self.model, piece, self.shape.context)
            total += float(loss) * float(piece.weights.sum())
        return total / float(batch.weights.sum()) / math.log(2)

    def _report(self, losses: list[float]) -> None:
        if not losses:
            return
        row = {
            "step": float(self.progress.step),
            "bytes": float(self.progress.bytes_seen),
            "seconds": round(self.progress.seconds, 1),
            "train_bits_per_byte": round(sum(losses) / len(losses) / math.log(2), 4),
        }
        row |= {f"{name} bits_per_char": round(v, 4) for name, v in self.validate().items()}
        self.progress.history.append(row)
        tqdm.write(json.dumps(row, ensure_ascii=False))
        self.save()

    def save(self) -> None:
        """Write checkpoint (atomically), curve.csv and curve.png."""
        state = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "windows": self.windows.state(),
            "progress": asdict(self.progress),
            "shape": asdict(self.shape),
        }
        temporary = self.out / (CHECKPOINT + ".new")
        torch.save(state, temporary)
        temporary.replace(self.out / CHECKPOINT)
        if self.progress.history:
            names = list(dict.fromkeys(key for row in self.progress.history for key in row))
            with (self.out / CURVE).open("w", newline="") as file:
                writer = csv.DictWriter(file, names)
                writer.writeheader()
                writer.writerows(self.progress.history)
            plot_curve(self.progress.history, self.out / "curve.png")

    def _load(self) -> None:
        state = load_checkpoint(self.out)
        if (found := WygptShape(**state["shape"])) != self.shape:
            raise RunError(
                f"{self.out / CHECKPOINT} has shape {asdict(found)}, asked for "
                f"{asdict(self.shape)}; give the same sizes or another --out"
            )
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.windows.restore(state["windows"])
        self.progress = Progress(**state["progress"])


def _fused(config: TrainConfig, device: str) -> bool:
    """Return whether to use the fused kernels.

    Raises:
        RunError: they are asked for, and cannot run.
    """
    if config.fused is False:
        return False
    reason = missing(device)
    if config.fused and reason:
        raise RunError(f"the fused kernels cannot run: {reason}; leave out --fused")
    return not reason


def _frozen(model: Wygpt) -> Wygpt:
    """Return a copy that stays as it is."""
    return deepcopy(model).requires_grad_(False)


def stage_at(stages: Sequence[tuple[float, int]], done: float) -> tuple[int, bool]:
    """Return the window's length after `done` of the run, and whether the stage is the last."""
    end = 0.0
    for share, length in stages[:-1]:
        end += share
        if done < end:
            return length, False
    return stages[-1][1], True


def load_checkpoint(run: Path) -> dict[str, Any]:
    """Read a run's checkpoint (tensors and plain values only).

    Raises:
        RunError: the folder holds no checkpoint.
    """
    path = run / CHECKPOINT
    if not path.exists():
        raise RunError(f"{path} does not exist; train first, or name the run's folder")
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state
