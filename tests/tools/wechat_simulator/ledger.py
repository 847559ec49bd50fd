"""Ledger of what each follower asked and was shown, and of what was wrong, by id."""

from __future__ import annotations

import statistics
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from tests.tools.wechat_simulator.judge import Shown
from tests.tools.wechat_simulator.pusher import Outcome

PASSIVE_S = 5.0


@dataclass(slots=True)
class Asked:
    """One message of a follower."""

    user: int
    number: int
    at: float
    ends: list[Outcome] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Bubble:
    """One answer that a follower saw."""

    mark: tuple[int, int]
    at: float
    via: str
    kind: str


@dataclass(frozen=True, slots=True)
class Report:
    """A run, as its followers saw it.

    Attributes:
        messages: asked.
        answered: shown an answer that repeats the message's mark, at least once.
        refused: told at once, and honestly, that the message was not taken.
        apologies: told that it could not be answered.
        lost: acknowledged, and never shown anything.
        notices: the platform's fault notice was shown, and nothing else ever.
        saved: the fault notice was shown, and the answer came later.
        duplicated: shown the same answer more than once.
        out_of_order: answers shown before the answer of an earlier message.
        late: answers that did not come as the passive reply.
        defects: kinds of wrong replies and how many.
        users: what was wrong per follower, by number.
        p50_s, p95_s, p99_s, max_s: from the push to the answer.
    """

    messages: int
    answered: int
    refused: int
    apologies: int
    lost: int
    notices: int
    saved: int
    duplicated: int
    out_of_order: int
    late: int
    defects: dict[str, int]
    users: dict[int, list[str]]
    p50_s: float
    p95_s: float
    p99_s: float
    max_s: float

    def line(self) -> str:
        """Return the figures in one line."""
        return (
            f"{self.messages} asked, {self.answered} answered, {self.refused} refused, "
            + (f"{self.apologies} apologies, " if self.apologies else "")
            + f"{self.lost} lost, {self.duplicated} duplicated, {self.out_of_order} out of order, "
            f"{self.notices + self.saved} fault notices ({self.saved} answered later), "
            f"{self.late} late, p50 {self.p50_s:.2f} s, p99 {self.p99_s:.2f} s"
        )


class Ledger:
    """Takes notes from many threads; `report` judges them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: dict[tuple[int, int], Asked] = {}
        self._bubbles: list[Bubble] = []
        self._defects: Counter[str] = Counter()

    def ask(self, user: int, number: int, at: float) -> None:
        """Note that a message is about to be pushed."""
        with self._lock:
            self._asked[user, number] = Asked(user, number, at)

    def end(self, user: int, number: int, outcome: Outcome, at: float) -> None:
        """Note what one push came to, perhaps one of several copies with the same MsgId.

        The platform shows one passive reply for a MsgId, however many copies it pushed.
        """
        with self._lock:
            asked = self._asked[user, number]
            before = [o.shown for o in asked.ends if o.shown and o.shown.kind in _FINAL]
            asked.ends.append(outcome)
            self._defects.update(d.partition(":")[0] for d in outcome.defects)
            shown = outcome.shown
            if shown is None or shown.kind == "not_yet":
                return
            if not before:
                self._show(shown, at, "passive", (user, number))
            elif shown.kind in _FINAL and shown.text != before[0].text:
                self._defects["differing_copies"] += 1

    def sent(self, shown: Shown, at: float, user: int | None = None) -> None:
        """Note a bubble that came by custom/send.

        Without a mark (a real model repeats none) it is taken for the follower's oldest message
        that waits for an answer: they are sent in order.
        """
        with self._lock:
            waiting = [] if shown.mark else [m for m in self._waiting() if m[0] == user]
            self._show(shown, at, "service", min(waiting, default=None))

    def defect(self, kind: str) -> None:
        """Note a defect of something that was sent."""
        with self._lock:
            self._defects[kind] += 1

    def waiting(self) -> list[tuple[int, int]]:
        """Return the messages that were acknowledged and not shown anything so far."""
        with self._lock:
            return self._waiting()

    def _waiting(self) -> list[tuple[int, int]]:
        seen = {bubble.mark for bubble in self._bubbles}
        return [
            mark
            for mark, asked in self._asked.items()
            if asked.ends and mark not in seen and any(o.acknowledged for o in asked.ends)
        ]

    def asked_at(self, mark: tuple[int, int]) -> float:
        """Return when a message was pushed first."""
        return self._asked[mark].at

    def answers(self) -> list[tuple[float, float]]:
        """Return (asked, answered) times of all first answers."""
        with self._lock:
            firsts: dict[tuple[int, int], float] = {}
            for bubble in self._bubbles:
                if bubble.kind != "refusal":
                    firsts.setdefault(bubble.mark, bubble.at)
            return sorted((self._asked[m].at, t) for m, t in firsts.items() if m in self._asked)

    def _show(self, shown: Shown, at: float, via: str, push: tuple[int, int] | None) -> None:
        mark = shown.mark or push
        if mark is None:
            self._defects["without_mark"] += 1
            return
        if push is not None and shown.mark not in (None, push):
            self._defects["crossed"] += 1  # somebody else's answer
        self._bubbles.append(Bubble(mark, at, via, shown.kind))

    def report(self) -> Report:
        """Judge what was noted so far."""
        with self._lock:
            return self._judge()

    def _judge(self) -> Report:
        by_mark: dict[tuple[int, int], list[Bubble]] = defaultdict(list)
        for bubble in self._bubbles:
            by_mark[bubble.mark].append(bubble)
        users: dict[int, list[str]] = defaultdict(list)
        counts: Counter[str] = Counter()
        seconds: list[float] = []
        for mark, asked in self._asked.items():
            bubbles = by_mark.get(mark, [])
            kinds = Counter(bubble.kind for bubble in bubbles)
            told = bool(bubbles)
            noticed = bool(asked.ends) and not any(o.acknowledged for o in asked.ends)
            verdict = {
                "answered": kinds["answer"] > 0,
                "refused": kinds["refusal"] > 0 and not kinds["answer"],
                "apologies": kinds["apology"] > 0,
                "lost": not told and not noticed,
                "notices": not told and noticed,
                "saved": told and noticed,
                "duplicated": kinds["answer"] + kinds["apology"] > 1,
            }
            counts.update(name for name, holds in verdict.items() if holds)
            for name in ("lost", "notices", "duplicated"):
                if verdict[name]:
                    users[mark[0]].append(f"{name} {mark[1]}")
            if verdict["answered"]:
                first = min((b for b in bubbles if b.kind == "answer"), key=lambda b: b.at)
                counts["late"] += first.via != "passive" or first.at - asked.at > PASSIVE_S
                seconds.append(first.at - asked.at)
        counts["out_of_order"] = self._count_disorder(users)
        return Report(
            messages=len(self._asked),
            **{name: counts[name] for name in _COUNTS},
            defects=dict(self._defects),
            users=dict(users),
            **_percentiles(seconds),
        )

    def _count_disorder(self, users: dict[int, list[str]]) -> int:
        """Count answers that came after the answer of a later message of the same follower.

        A message whose first try failed, or whose answer was lost on its way, is shown at the
        platform's next try: no fault of the service's.
        """
        highest: dict[int, int] = {}
        found = 0
        seen: set[tuple[int, int]] = set()
        for bubble in sorted(self._bubbles, key=lambda b: b.at):
            user, number = bubble.mark
            if bubble.kind != "answer" or bubble.mark in seen or self._was_delayed(bubble):
                continue
            seen.add(bubble.mark)
            if number < highest.get(user, -1):
                found += 1
                users[user].append(f"out of order {number} after {highest[user]} ({bubble.via})")
            highest[user] = max(highest.get(user, -1), number)
        return found

    def _was_delayed(self, bubble: Bubble) -> bool:
        asked = self._asked.get(bubble.mark)
        return bubble.via == "passive" and bool(asked) and all(o.tries > 1 for o in asked.ends)


_FINAL = ("answer", "apology")
_COUNTS = (
    "answered", "refused", "apologies", "lost", "notices", "saved", "duplicated", "out_of_order",
    "late",
)  # fmt: skip


def _percentiles(seconds: list[float]) -> dict[str, float]:
    if len(seconds) < 2:
        only = seconds[0] if seconds else 0.0
        return {"p50_s": only, "p95_s": only, "p99_s": only, "max_s": only}
    cuts = statistics.quantiles(sorted(seconds), n=100, method="inclusive")
    return {"p50_s": cuts[49], "p95_s": cuts[94], "p99_s": cuts[98], "max_s": max(seconds)}
