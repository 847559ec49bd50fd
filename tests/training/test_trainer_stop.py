"""A run that is told to end saves first, and goes on from there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from training.checkpoints import load_state

SIZES = ["--width", "16", "--layers", "1", "--heads", "2", "--context", "32", "--orders", "0"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["kill", "ctrl-c"])
def test_a_stopped_run_saves_and_the_same_command_goes_on(
    tmp_path: Path, command_line: list[str], number: signal.Signals
) -> None:
    for name in ("classics.train", "classics.valid"):
        (tmp_path / f"{name}.txt").write_text("阴阳者，天地之道也。" * 400, "utf-8")
    out = tmp_path / "run"
    command = [sys.executable, "-m", "training", "pretrain", "--data", str(tmp_path)]
    command += ["--out", str(out), "--mix", "classics.train=1", *SIZES, *command_line]
    command += ["--batch-bytes", "256", "--curriculum", "1:32"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    run = subprocess.Popen(
        [*command, "--minutes", "10", "--valid-every", "1"], env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    checkpoint = out / "checkpoint.safetensors"
    for _ in range(1200):
        if checkpoint.exists():
            break
        time.sleep(0.05)
    first = load_state(out).progress.step
    time.sleep(1.5)

    run.send_signal(number)
    _, said = run.communicate(timeout=60)

    assert run.returncode == 130
    assert "the same command goes on from here" in said.decode()
    saved = load_state(out).progress
    assert saved.step >= first
    more = str(saved.bytes_seen + 1024)
    again = subprocess.run(
        [*command, "--bytes", more], env=environment, capture_output=True, check=False
    )
    assert again.returncode == 0, again.stderr.decode()
    assert load_state(out).progress.step == saved.step + 4
