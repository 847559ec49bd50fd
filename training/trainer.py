"""The training loop: resumable, on any core, the same for pretraining and fine-tuning."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from training.batches import BatchSampler, Measure, Source, plain_batch
from training.checkpoints import CHECKPOINT, RunState, load_state, save_state
from training.core import Rates, TrainerCore
from training.errors import LossError, RunError
from training.files import holding, replacing
from training.plot import plot_curve
from training.provenance import Provenance
from training.schedule import Progress, TrainConfig, as_fields, done_share, rate_at, window_at
from training.shape import Shape, Tensors, initial_tensors
from training.stopping import StopRequest
from training.unlikelihood import unlikely

CURVE = "curve.csv"
_VALID_ROWS = 8

OpenCore = Callable[[Shape, Tensors], TrainerCore]


@dataclass(frozen=True, slots=True)
class Task:
    """Work of a run: model, data and start.

    Attributes:
        shape: sizes of the model.
        config: how to train.
        train: what to learn from.
        valid: what to measure on.
        initial: weights to start from, matrices divided; random ones when None.
        before: what those were made from.
    """

    shape: Shape
    config: TrainConfig
    train: Sequence[Source]
    valid: Sequence[Measure]
    initial: Tensors | None = None
    before: Provenance = field(default_factory=Provenance)


class Trainer:
    """One run in one folder: the checkpoint, `curve.csv`, `curve.png`, `config.json`."""

    def __init__(self, out: Path, task: Task, open_core: OpenCore) -> None:
        """Set up, going on from the checkpoint in `out` when there is one.

        Args:
            out: the run's folder.
            task: what to train.
            open_core: makes what computes the steps, from sizes and weights.

        Raises:
            RunError: the configuration cannot be, or the checkpoint is of another model.
        """
        config, shape = task.config, task.shape
        check_extra()
        config.check()
        saved = load_state(out) if (out / CHECKPOINT).exists() else None
        if saved:
            check_alike(saved, shape, config.codec, out)
        initial = task.initial or initial_tensors(shape, config.seed)
        self.out, self.task = out, task
        self.progress = saved.progress if saved else Progress()
        self.before = saved.before if saved else task.before
        self.sampler = BatchSampler(
            task.train, config.shares, config.seed, config.distilled, shape.step_bytes
        )
        self.core = open_core(shape, initial)
        if config.distilled:
            self.core.set_teacher(initial)
        if saved:
            self.core.restore(saved.tensors, saved.optimizer)
            self.sampler.restore(saved.sampler)
        self._stop = StopRequest()
        self._last_saved = self.progress.step if saved else None
        out.mkdir(parents=True, exist_ok=True)
        told = {"shape": shape.card_fields(), "train": as_fields(config)}
        with replacing(out / "config.json") as stream:
            stream.write(json.dumps(told, indent=2, ensure_ascii=False).encode())

    def run(self) -> Progress:
        """Train to the end of the budget; Ctrl-C and `kill` save and stop between two steps.

        Raises:
            RunError: the loss is no number, or the checkpoint cannot be written; the last one
                that was stays.
            KeyboardInterrupt: it was stopped.
        """
        with holding(self.out), self._stop, _bar(self.task.config) as bar:
            if not self.progress.before:
                self.progress.before = self.validate()
            try:
                self._loop(bar)
            except KeyboardInterrupt:
                self.save()
                raise
        return self.progress

    def _loop(self, bar: Any) -> None:
        last_valid = time.monotonic()
        losses: list[float] = []
        while self._done() < 1.0:
            self._stop.check()
            losses.append(self._timed_step())
            self._show(bar, losses[-1])
            if time.monotonic() - last_valid > self.task.config.valid_every_s:
                self._report(losses, bar)
                losses, last_valid = [], time.monotonic()
        self._report(losses, bar)

    def _show(self, bar: Any, loss: float) -> None:
        progress = self.progress
        bar.n = progress.bytes_seen if self.task.config.endless else int(1000 * self._done())
        rate = progress.bytes_seen / max(1e-9, progress.seconds)
        bar.set_postfix_str(f"step {progress.step} loss {loss:.3f} {rate:,.0f} bytes/s", False)

    def _timed_step(self) -> float:
        wall, processor = time.monotonic(), time.process_time()
        loss = self._step()
        self.progress.seconds += time.monotonic() - wall
        self.progress.processor_seconds += time.process_time() - processor
        return loss

    def _step(self) -> float:
        config, shape = self.task.config, self.task.shape
        length, reach = window_at(config, self.progress, shape.context)
        rows = max(1, config.batch_bytes // (length * shape.step_bytes))
        batch = unlikely(self.core, self.sampler.draw(rows, length), reach)
        rate = rate_at(config, self.progress)
        rates = Rates(config.muon_lr * rate, config.adam_lr * rate, config.weight_decay)
        try:
            loss = self.core.step(batch, rates, reach)
        except LossError as error:
            raise self._no_number(str(error)) from error
        if not math.isfinite(loss):
            raise self._no_number(f"the loss is {loss}")
        self.progress.step += 1
        self.progress.bytes_seen += rows * length * shape.step_bytes
        return loss

    def _no_number(self, what: str) -> RunError:
        kept = f"the checkpoint of step {self._last_saved} in {self.out} stays"
        if self._last_saved is None:
            kept = "no checkpoint had been written"
        return RunError(f"step {self.progress.step + 1}: {what}; {kept}; try lower rates")

    def _done(self) -> float:
        return done_share(self.task.config, self.progress)

    def validate(self) -> dict[str, float]:
        """Return bits per character of each valid set on its fixed windows.

        Raises:
            KeyboardInterrupt: the run is to stop.
        """
        return {
            measure.name: self._bits_per_byte(measure) * measure.bytes_per_character
            for measure in self.task.valid
        }

    def _bits_per_byte(self, measure: Measure) -> float:
        batch, total = measure.batch, 0.0
        for start in range(0, len(batch.data), _VALID_ROWS):
            self._stop.check()
            rows = slice(start, start + _VALID_ROWS)
            piece = plain_batch(batch.data[rows], batch.weights[rows])
            total += float((self.core.losses(piece) * piece.weights).sum(dtype=np.float64))
        return total / float(batch.weights.sum()) / math.log(2)

    def _report(self, losses: list[float], bar: Any) -> None:
        if not losses:
            return
        progress = self.progress
        row = {
            "step": float(progress.step),
            "bytes": float(progress.bytes_seen),
            "seconds": round(progress.seconds, 1),
            "processor_seconds": round(progress.processor_seconds, 1),
            "train_bits_per_byte": round(sum(losses) / len(losses) / math.log(2), 4),
        }
        row |= {f"{name} bits_per_char": round(v, 4) for name, v in self.validate().items()}
        progress.history.append(row)
        bar.write(json.dumps(row, ensure_ascii=False))
        self.save()

    def save(self) -> None:
        """Write checkpoint, curve.csv and curve.png, each whole or not at all.

        Raises:
            RunError: the weights are no numbers, or the disk is full; the old files stay.
        """
        state = self.state()
        for name, tensor in state.tensors.items():
            if not np.isfinite(tensor).all():
                raise self._no_number(f"{name} holds what is no number")
        save_state(self.out, state)
        self._last_saved = self.progress.step
        if self.progress.history:
            try:
                self._write_curve()
            except OSError as error:
                raise RunError(
                    f"{self.out / CURVE} cannot be written ({error.strerror})"
                ) from error

    def state(self) -> RunState:
        """Return the run as it is at this moment."""
        task = self.task
        tensors, optimizer = self.core.tensors(), self.core.state()
        sampler = self.sampler.state()
        return RunState(
            task.shape, task.config, tensors, optimizer, sampler, self.progress, self.before
        )

    def _write_curve(self) -> None:
        history = self.progress.history
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(dict.fromkeys(key for row in history for key in row)))
        writer.writeheader()
        writer.writerows(history)
        with replacing(self.out / CURVE) as stream:
            stream.write(text.getvalue().encode())
        with replacing(self.out / "curve.png") as stream:
            plot_curve(history, stream)


def check_alike(saved: RunState, shape: Shape, codec: str, run: Path) -> None:
    """Refuse to go on from a checkpoint of another model.

    Raises:
        RunError: a size, the family or the codec differs; the sentence names each.
    """
    found = {**saved.shape.card_fields(), "codec": saved.config.codec}
    asked = {**shape.card_fields(), "codec": codec}
    differ = [
        f"{name} {found.get(name, 'none')}, asked for {asked.get(name, 'none')}"
        for name in dict.fromkeys((*found, *asked))
        if found.get(name) != asked.get(name)
    ]
    if differ:
        raise RunError(
            f"{run / CHECKPOINT} has {'; '.join(differ)}; give the same or another --out"
        )


def check_extra() -> None:
    """Refuse to begin what could not draw its curve.

    Raises:
        RunError: a package of the extra `train` is missing.
    """
    for package in ("matplotlib", "tqdm"):
        if importlib.util.find_spec(package) is None:
            raise RunError(f"training needs {package}: pip install --editable '.[train]'")


def _bar(config: TrainConfig) -> Any:
    """Return a progress bar, which shows on a terminal only."""
    from tqdm import tqdm

    if config.endless:
        return tqdm(unit="B", unit_scale=True, dynamic_ncols=True, disable=None)
    return tqdm(total=1000, unit="‰", dynamic_ncols=True, disable=None)
