"""Tables are made of the JSON of a measurement."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.engine.report import limits, markdown, short_table, training_table

RESULTS = Path(__file__).parents[3] / "benchmarks" / "results"


@pytest.fixture
def whole() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RESULTS / "engine.json").read_text("utf-8"))
    return found


def test_a_row_tells_speed_share_of_the_ceiling_and_ratios(whole: dict[str, Any]) -> None:
    shape = whole["shapes"][0]
    ours, peer, *_ = shape["contestants"]
    ours["bytes_per_cpu_second"]["batch of 8"] = 9000.0
    peer["bytes_per_cpu_second"]["batch of 8"] = 2000.0
    shape["ceilings"]["batch of 8"] = 30000.0

    row = next(line for line in markdown(whole).splitlines() if line.startswith("| batch of 8 |"))

    assert row.startswith("| batch of 8 | 9,000 | 30 % | 2,000 (4.5 x) |")


def test_who_is_absent_or_failed_is_named(whole: dict[str, Any]) -> None:
    _, peer, other, *_ = whole["shapes"][0]["contestants"]
    peer["absent"] = "not installed"
    other["failed"] = {"batch of 8": "too long"}

    said = markdown(whole)

    assert f"{peer['name']} is absent: not installed" in said
    assert f"{other['name']} on general-zh, batch of 8: too long" in said
    assert peer["name"] not in said.splitlines()[2]


def test_a_missing_figure_is_a_dash(whole: dict[str, Any]) -> None:
    for one in whole["shapes"][0]["contestants"][1:]:
        del one["bytes_per_cpu_second"]["batch of 32"]

    assert "| – | – | – | – |" in short_table(whole)
    assert "not measured" in limits(None)


def test_training_compares_with_pytorch_and_with_the_peak() -> None:
    names = ("PyTorch, float32", "PyTorch, bfloat16 autocast", "avx2")
    times = {name: {"processor_s": s} for name, s in zip(names, (2.0, 1.0, 0.5), strict=True)}

    rows = training_table({"times": times, "rates": {"avx2": 100.0}, "multiply_adds": 30.0}, 1000)

    assert rows.splitlines()[-1] == "| avx2 | 2,000 | 4.00 | 2.00 | 60% |"
