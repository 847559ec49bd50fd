"""The benchmark and the count run, and agree with each other."""

import sys

import pytest

from benchmarks.gpu import training, training_count
from training.shape import WygptShape

SHAPE = WygptShape(16, 2, 2, 32, (2, 3), 40)


def test_counted_products_are_those_of_the_limit():
    parts = training_count.count_step(SHAPE, 3, 24, fused=False)

    matrices = parts["matrices"].operations
    # The plain path multiplies whole squares.
    attention = parts["attention"].operations * (24 + 1) / 2 / 24
    muon = parts["optimizer"].operations
    expected = training.step_flops(SHAPE, 3, 24)
    assert matrices + attention + muon == pytest.approx(expected)


def test_fused_step_moves_less_in_fewer_launches():
    pytest.importorskip("triton")

    plain, fused = (training_count.count_step(SHAPE, 3, 24, fused=fused) for fused in (False, True))

    for field in ("launches", "bytes_moved"):
        sums = [sum(getattr(part, field) for part in parts.values()) for parts in (plain, fused)]
        assert sums[1] < sums[0] / 1.5


def test_benchmark_runs_without_a_gpu(device, monkeypatch, capsys):
    pytest.importorskip("triton")
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    monkeypatch.setattr(sys, "argv", ["training_gpu", "--device", "cpu", "--tiny"])
    if device != "cpu":
        pytest.skip("the kernels were compiled in this process")

    assert training.main() == 0

    table = capsys.readouterr().out.splitlines()
    assert "fused / eager" in table[2]
    assert table[4].startswith("| 64 | 32 |")
