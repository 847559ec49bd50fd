"""Models are exchanged under load: good, damaged, missing, and of another architecture."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.system.faults.breaking import Breaker, clean
from tests.system.faults.conftest import Open, Record
from tests.system.faults.env import pusher
from tests.tools.wechat_simulator.api_host import ApiHost
from tests.tools.wechat_simulator.crowd import Crowd, Habits
from tests.tools.wechat_simulator.stack import ROOT


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    for name in ("tcm", "second", "damaged", "foreign"):
        shutil.copytree(ROOT / "models" / "tcm", folder / name)
    weights = folder / "damaged" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    card = folder / "foreign" / "config.json"
    fields = json.loads(card.read_text())
    card.write_text(json.dumps(fields | {"family": "mamba", "layers": 3}))
    return folder


@pytest.mark.faults
def test_models_change_under_load_and_bad_ones_are_refused(
    open_stack: Open, api: ApiHost, seconds: float, record: Record, models: Path
) -> None:
    more = {"XINGLIN_BACKEND": "auto", "XINGLIN_MODELS": str(models), "XINGLIN_DRAFTS": "1"}
    more["XINGLIN_REPLY_MAX_BYTES"] = "60"
    stack = open_stack(more, workers=2, wait_s=120)
    crowd = Crowd(pusher(stack), api, users=4, habits=Habits(pause_s=0.8, doubled=0.1))
    names, answers = ["second", "damaged", "missing", "foreign", "tcm"], []

    def reload(number: int) -> None:
        name = names[number % len(names)]
        found = stack.admin("POST", "reload", model=name)
        answers.append((name, len(found["ok"]), len(found["failed"])))

    with Breaker(reload, 0.5) as breaker:
        crowd.write_for(max(seconds, 15.0))

    report = crowd.settle()
    record(
        f"{breaker.count} reloads: good, damaged, missing, of another architecture", report.line()
    )
    assert {"second", "damaged", "missing", "foreign"} <= {name for name, _, _ in answers}
    for name, ok, failed in answers:
        good = name in ("second", "tcm")
        assert (ok, failed) == ((2, 0) if good else (0, 2)), (name, ok, failed)
    clean(report)
    assert report.answered + report.apologies == report.messages  # "I cannot answer this" included
