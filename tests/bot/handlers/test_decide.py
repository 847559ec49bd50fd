"""The order of the checks: whoever could be refused is answered a danger sign first."""

from __future__ import annotations

from bot.handlers import decide
from bot.handlers.decide import CHECKS


def order(*names: str) -> list[int]:
    found = [check.__name__ for check in CHECKS]
    return [found.index(name) for name in names]


def test_a_danger_sign_comes_before_every_refusal() -> None:
    (sign, *refusals) = order(
        "danger_sign", "suspended", "paused", "blocked_word", "without_consent"
    )

    assert all(sign < refusal for refusal in refusals)


def test_erasing_and_commands_work_for_whoever_is_refused() -> None:
    leaving, command, *refusals = order("unsubscribed", "command", "suspended", "paused")

    assert all(max(leaving, command) < refusal for refusal in refusals)


def test_each_check_says_what_it_does() -> None:
    assert all(check.__doc__ for check in CHECKS)
    assert len(set(CHECKS)) == len(CHECKS)
    assert callable(decide)
