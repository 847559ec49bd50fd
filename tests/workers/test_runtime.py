"""A worker's parts together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from inference.sampling import SamplingConfig
from tests.waiting import until
from workers.runtime import Runtime
from xinglin.settings import Settings
from xinglin.store import Store

MODELS = Path(__file__).resolve().parents[2] / "models"
pytestmark = pytest.mark.redis


def test_after_a_reset_the_engine_keeps_nothing_of_past_turns(
    settings: Settings, store: Store
) -> None:
    runtime = Runtime(replace(settings, backend="cpu", models=MODELS), store, "w1")
    runtime.start()
    engine = runtime.holder.current.engine
    try:
        for forget in (
            lambda: store.conversation.reset("u" * 24),
            lambda: store.erase("u" * 24),
            lambda: store.conversation.consent("u" * 24, agreed=False),
        ):
            prompt = "\x02黄芪有什么功效？\x03".encode("gb18030")
            engine.submit(prompt, SamplingConfig(max_bytes=20)).result(30)
            until(lambda: engine.stats().kept == 1)
            forget()
            until(lambda: engine.stats().kept == 0)
    finally:
        runtime.stop()
