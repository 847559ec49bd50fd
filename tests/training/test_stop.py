"""A run that is told to end saves first, and goes on from there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import torch

SIZES = ["--width", "16", "--layers", "1", "--heads", "2", "--context", "32", "--ngram-orders", "0"]


def test_a_killed_run_saves_and_the_same_command_goes_on(tmp_path: Path) -> None:
    for name in ("classics.train", "classics.valid"):
        (tmp_path / f"{name}.txt").write_text("阴阳者，天地之道也。" * 400, "utf-8")
    out = tmp_path / "run"
    command = [sys.executable, "-m", "training", "pretrain", "--data", str(tmp_path)]
    command += ["--out", str(out), "--mix", "classics.train=1", *SIZES, "--no-compile"]
    command += ["--batch-bytes", "256", "--curriculum", "1:32", "--threads", "1"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    run = subprocess.Popen(
        [*command, "--minutes", "10", "--valid-every", "1"], env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    checkpoint = out / "checkpoint.pt"
    for _ in range(1200):
        if checkpoint.exists():
            break
        time.sleep(0.05)
    first = torch.load(checkpoint, weights_only=True)["progress"]["step"]
    time.sleep(1.5)

    run.send_signal(signal.SIGTERM)
    _, said = run.communicate(timeout=60)

    assert run.returncode == 130
    assert "the same command goes on from here" in said.decode()
    saved = torch.load(checkpoint, weights_only=True)["progress"]
    assert saved["step"] >= first
    more = str(saved["bytes_seen"] + 1024)
    again = subprocess.run(
        [*command, "--bytes", more], env=environment, capture_output=True, check=False
    )
    assert again.returncode == 0, again.stderr.decode()
    assert torch.load(checkpoint, weights_only=True)["progress"]["step"] == saved["step"] + 4
