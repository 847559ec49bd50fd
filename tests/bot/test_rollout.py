"""A rollout is judged by one rule, whoever asked for it."""

from __future__ import annotations

import pytest

from bot.rollout import Rollout
from xinglin.store.operations.model_registry import is_model_name
from xinglin.store.records import Ack

REFUSED = Ack("w2", "second", "failed", "no such folder")


@pytest.mark.parametrize(
    ("ok", "failed", "missing", "result", "withdrawn"),
    [
        (["w1"], [], [], "ok", False),
        (["w1"], [REFUSED], [], "failed", False),
        ([], [REFUSED], ["w3"], "failed", True),
        (["w1"], [], ["w3"], "missing", False),
        ([], [], ["w3"], "missing", True),
        ([], [], [], "missing", False),  # nobody lives: it waits for the next worker
    ],
)
def test_result_and_withdrawal_follow_from_the_answers(
    ok: list[str], failed: list[Ack], missing: list[str], result: str, withdrawn: bool
) -> None:
    outcome = Rollout(1, ok, failed, missing)

    assert (outcome.result, outcome.withdrawn) == (result, withdrawn)


@pytest.mark.parametrize("name", ["tcm", "tcm-base", "a", "v0.5_x", "A" * 64])
def test_a_folders_name_is_a_model_name(name: str) -> None:
    assert is_model_name(name)


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "a..b", "..", "A" * 65, "名", None, 3])
def test_a_path_or_nonsense_is_no_model_name(name: object) -> None:
    assert not is_model_name(name)
