"""`[handover]` of an account: when a person takes over, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

from xinglin.account.markup import fill
from xinglin.account.problems import Table
from xinglin.account.read_rules import read_schedule
from xinglin.account.schedule import Schedule
from xinglin.account.texts import Texts

OnUnanswered = Literal["no", "offer", "start"]
_KEYS = ("names", "hours", "days", "timeout", "platform", "on_unanswered")
_MOST_NAMES, _LONGEST_NAME, _SHORTEST_NAME = 20, 12, 2
LONGEST_TIMEOUT = 2880


@dataclass(frozen=True, slots=True)
class HandoverRules:
    """Rules of when and how a person takes over.

    Attributes:
        names: what the owner calls those who answer; a message that calls one asks for a person.
        duty: the hours in which somebody is there.
        hours: these as the owner wrote them, for followers; "" for always.
        timeout_s: how long a person is waited for, and how long the bot is silent after an answer.
        platform: the platform's own customer-service tool takes over.
        on_unanswered: what a question without an answer does: `no`thing, `offer` a person, `start`.
    """

    names: tuple[str, ...] = ()
    duty: Schedule = field(default_factory=Schedule)
    hours: str = ""
    timeout_s: int = 1800
    platform: bool = False
    on_unanswered: OnUnanswered = "no"

    def is_open(self, now: datetime) -> bool:
        """Return whether somebody is on duty at a local time."""
        return self.duty.holds(now)


def started_words(texts: Texts, *, can_send: bool, seen: bool, by_platform: bool) -> str:
    """Return what a follower reads when a person is called.

    Args:
        texts: of the account.
        can_send: answers come by themselves; otherwise by a tap.
        seen: the person can read what the follower writes.
        by_platform: it is the platform's tool, which needs neither.
    """
    parts = [texts.handover_started]
    if not by_platform:
        parts += [texts.handover_tap] * (not can_send) + [texts.handover_unseen] * (not seen)
    return "\n".join(parts)


def closed_words(texts: Texts, rules: HandoverRules) -> str:
    """Return what is said outside the hours of duty."""
    return fill(texts.handover_closed, {"hours": rules.hours or "不定"})


def read_handover(root: Table) -> HandoverRules | None:
    """Read `[handover]`; None where the account has none; what is wrong is noted."""
    given = root.values.get("handover")
    if given is None:
        return None
    if not isinstance(given, dict):
        root.add(
            "handover", "write [handover], and its keys below it", "要写 [handover]，下面写它的设置"
        )
        return None
    table = Table(given, ("handover",), root.problems)
    table.check_keys(_KEYS)
    return HandoverRules(
        names=_names(table),
        duty=read_schedule(table),
        hours=" ".join(_written(table, key) for key in ("days", "hours") if table.values.get(key)),
        timeout_s=60 * _timeout(table),
        platform=table.flag("platform", default=False),
        on_unanswered=_on_unanswered(table),
    )


def _names(table: Table) -> tuple[str, ...]:
    names = table.texts("names", _MOST_NAMES)
    if not all(_SHORTEST_NAME <= len(name) <= _LONGEST_NAME for name in names):
        table.add(
            "names",
            f"a name has {_SHORTEST_NAME} to {_LONGEST_NAME} characters, such as 店长 or 客服小王",
            f"每个称呼 {_SHORTEST_NAME} 到 {_LONGEST_NAME} 个字，例如“店长”“客服小王”",
        )
    return tuple(names)


def _written(table: Table, key: str) -> str:
    value = table.values[key]
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def _timeout(table: Table) -> int:
    value = table.values.get("timeout", 30)
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LONGEST_TIMEOUT:
        return value
    table.add(
        "timeout",
        f"write whole minutes from 1 to {LONGEST_TIMEOUT}, without quotes: timeout = 30",
        f"要写 1 到 {LONGEST_TIMEOUT} 的整数分钟，不加引号：timeout = 30",
    )
    return 30


def _on_unanswered(table: Table) -> OnUnanswered:
    value = table.text("on_unanswered", "no")
    for known in get_args(OnUnanswered):
        if value == known:
            found: OnUnanswered = known
            return found
    table.add(
        "on_unanswered",
        'write "no", "offer" (the follower may tap for a person) or "start" (a person at once)',
        '要写 "no"（不转）、"offer"（附一个转人工的链接）或 "start"（直接转人工）',
    )
    return "no"
