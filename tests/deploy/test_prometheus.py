"""Alert rules and the Grafana dashboard ask for what `/metrics` shows, in expressions that parse."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from xinglin.metrics import METRICS, Metric

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "prometheus" / "xinglin-rules.yaml"
BOARD = ROOT / "deploy" / "grafana" / "xinglin.json"
OPERATIONS = ROOT / "docs" / "operations.md"
KEDA = ROOT / "deploy" / "kubernetes" / "keda.yaml"


def rules() -> list[dict[str, Any]]:
    return [
        rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]
    ]


def board() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(BOARD.read_text())
    return found


def expressions() -> list[str]:
    asked = [rule["expr"] for rule in rules()]
    asked += [target["expr"] for panel in board()["panels"] for target in panel["targets"]]
    for document in yaml.safe_load_all(KEDA.read_text()):
        asked += [t["metadata"]["query"] for t in document["spec"].get("triggers", [])]
    return asked


def nodes(node: Any) -> Iterator[Any]:
    """Yield an expression and all inside it."""
    yield node
    for name in ("expr", "lhs", "rhs", "param", "vector_selector"):
        if (inner := getattr(node, name, None)) is not None:
            yield from nodes(inner)
    for inner in getattr(node, "args", None) or []:
        yield from nodes(inner)


def shown() -> dict[str, Metric]:
    """Return what a query may name."""
    found = {}
    for metric in METRICS:
        ends = ("_bucket", "_sum", "_count") if metric.kind == "histogram" else ("",)
        found |= {metric.full + end: metric for end in ends}
    return found


@pytest.mark.parametrize("expression", expressions())
def test_every_metric_and_label_that_is_asked_for_is_exported(expression: str) -> None:
    parsed = promql_parser.parse(expression.replace("$__rate_interval", "1m"))
    selectors = [n for n in nodes(parsed) if isinstance(n, promql_parser.VectorSelector)]
    assert selectors

    known: set[str] = {"le", "instance", "job"}
    for selector in selectors:
        metric = shown()[selector.name]
        known |= set(metric.labels)
        for matcher in selector.matchers.matchers:
            assert matcher.name in metric.labels, (selector.name, matcher.name)
    for labels in re.findall(r"\bby\s*\(([^)]*)\)", expression):
        assert {label.strip() for label in labels.split(",")} <= known, labels


@pytest.mark.parametrize("expression", expressions())
def test_only_counters_are_differenced_and_no_target_is_counted_twice(expression: str) -> None:
    parsed = promql_parser.parse(expression.replace("$__rate_interval", "1m"))
    for node in nodes(parsed):
        if isinstance(node, promql_parser.Call) and node.func.name in ("rate", "increase"):
            name = node.args[0].vector_selector.name
            assert name.endswith(("_total", "_bucket", "_sum", "_count")), name

    bare = re.sub(r"sum by \(le, answer, instance\)|sum\(\s*max by", "", expression)
    assert "sum" not in bare, "every web process shows the sums of all; take max first"


def test_a_metric_that_is_not_exported_would_be_found() -> None:
    assert "xinglin_turns" not in shown()
    with pytest.raises(ValueError):
        promql_parser.parse("max(xinglin_turns_total[5m)")


def test_every_alarm_says_what_is_wrong_and_the_runbook_what_to_do() -> None:
    book = OPERATIONS.read_text(encoding="utf-8")
    names = [rule["alert"] for rule in rules()]

    assert len(names) == len(set(names)) > 10
    for rule in rules():
        assert rule["labels"]["severity"] in ("page", "warn")
        assert len(rule["annotations"]["summary"]) > 20
        assert f"| `{rule['alert']}` |" in book, rule["alert"]
    listed = re.findall(r"^\| `(Xinglin\w+)` \|", book, re.MULTILINE)
    assert sorted(listed) == sorted(names), "the runbook knows alarms that are not there"


def test_the_documented_metrics_are_those_that_are_exported() -> None:
    book = OPERATIONS.read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `(xinglin_\w+)(?:\{([^}]*)\})?` \| (\w+) \| (.*) \|$", book, re.MULTILINE
    )

    assert rows == [(m.full, ",".join(m.labels), m.kind, m.says) for m in METRICS]


def test_the_boards_panels_lie_beside_each_other() -> None:
    panels = board()["panels"]
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not taken & cells, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["datasource"]["uid"] == "${source}" for panel in panels)


@pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed (make test-tools)"
)
def test_promtool_takes_the_rules() -> None:
    done = subprocess.run(
        ["promtool", "check", "rules", str(RULES)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
