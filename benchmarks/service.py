"""Drive the real service with many followers and say what each of them got.

    python -m benchmarks.service                      # starts Redis, gunicorn and two workers
    python -m benchmarks.service --kill --reload OTHER # and breaks things on the way

Every message is sent once or twice (as the platform repeats itself); the report counts, by id,
what was answered, how often, in which order and how fast.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import random
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.platform import Answer, ApiHost, Platform, strip_links
from benchmarks.stack import Stack
from xinglin.texts import EMPTY_REPLY

QUESTIONS = (
    "黄芪有什么功效？",
    "桂枝汤由哪些药组成？",
    "什么是阴阳？",
    "当归的性味是什么？",
    "古人怎么论咳嗽？",
    "四君子汤治什么？",
    "失眠是怎么回事？",
    "茯苓入哪一经？",
    "中医怎么看脾胃？",
    "还有别的说法吗？",
)


@dataclass(slots=True)
class Report:
    """What a run came to."""

    messages: int = 0
    pushes: int = 0
    answered: int = 0
    passive: int = 0
    sent: int = 0
    differing_copies: int = 0
    out_of_order: int = 0
    turns_kept_wrong: int = 0
    without_label: int = 0
    faults: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    duration_s: float = 0.0

    def summary(self) -> dict[str, object]:
        """Return the report with percentiles instead of every time."""
        result = asdict(self)
        times = sorted(result.pop("seconds"))
        result["faults"] = len(self.faults)
        result["first_faults"] = self.faults[:5]
        if len(times) > 1:
            cuts = statistics.quantiles(times, n=100, method="inclusive")
            result |= {f"p{p}_ms": round(1000 * cuts[p - 1], 1) for p in (50, 95, 99)}
        return result


class Run:
    """Followers who ask at random moments, and the book-keeping about them."""

    def __init__(self, platform: Platform, api: ApiHost, *, users: int, messages: int) -> None:
        self.platform, self.api = platform, api
        self.users = [f"oFollower{number:04d}_{os.getpid()}" for number in range(users)]
        self.each = messages // users
        self.report = Report()
        self._told: set[str] = set()  # to whom the model said something, which then is remembered
        self._lock = threading.Lock()
        self._asked: dict[str, list[str]] = {user: [] for user in self.users}

    def go(self, *, pause_s: float, twice: float, seed: int) -> Report:
        """Run all followers to their end.

        Args:
            pause_s: mean time between a follower's answer and the next question.
            twice: share of messages that are pushed a second time at once.
            seed: of the random moments.
        """
        began = time.monotonic()
        with ThreadPoolExecutor(2 * len(self.users)) as pool:
            futures = [
                pool.submit(self._follow, user, random.Random(f"{seed}{user}"), pause_s, twice)
                for user in self.users
            ]
            for future in futures:
                future.result()
        self.report.duration_s = round(time.monotonic() - began, 2)
        self._check_histories()
        return self.report

    def _follow(self, user: str, rng: random.Random, pause_s: float, twice: float) -> None:
        for number in range(self.each):
            time.sleep(rng.expovariate(1 / pause_s) if pause_s else 0)
            text = f"{rng.choice(QUESTIONS)}{'' if number % 3 else '请讲讲。'}（{number}）"
            message_id = str(10**15 + rng.randrange(10**14))
            self._asked[user].append(text)
            copies = 2 if rng.random() < twice else 1
            with ThreadPoolExecutor(copies) as pool:
                answers = list(
                    pool.map(
                        lambda attempt, t=text, m=message_id: self.platform.push(
                            user, t, m, attempt=attempt
                        ),
                        range(copies),
                    )
                )
            self._note(user, answers)

    def _note(self, user: str, answers: list[Answer]) -> None:
        texts = {answer.text for answer in answers if answer.text}
        late = self._collect_sent(user) if not texts else 0
        with self._lock:
            report = self.report
            report.messages += 1
            report.pushes += len(answers)
            report.answered += bool(texts) or bool(late)
            report.passive += bool(texts)
            report.differing_copies += len(texts) > 1
            if late or any(EMPTY_REPLY not in t for t in texts):
                self._told.add(user)
            report.without_label += any("AI" not in t and EMPTY_REPLY not in t for t in texts)
            report.seconds.append(min(answer.seconds for answer in answers))
            report.faults += [fault for answer in answers for fault in answer.faults]

    def _collect_sent(self, user: str) -> int:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            sent = [text for to, text in self.api.sent if to == user]
            if sent:
                self.api.sent = [pair for pair in self.api.sent if pair[0] != user]
                with self._lock:
                    self.report.sent += len(sent)
                return len(sent)
            time.sleep(0.05)
        return 0

    def _check_histories(self) -> None:
        """Read each follower's export: every question at most once, in the order asked."""
        for user in self.users:
            export = self._export(user)
            places = [export.find(f"（{number}）") for number in range(self.each)]
            seen = [place for place in places if place >= 0]
            twice = any(export.count(f"（{number}）") > 1 for number in range(self.each))
            self.report.out_of_order += seen != sorted(seen)
            self.report.turns_kept_wrong += twice or (not seen and user in self._told)

    def _export(self, user: str) -> str:
        pages = []
        for page in range(30):
            message_id = str(9 * 10**15 + random.randrange(10**14))
            answer = self.platform.push(user, "继续" if page else "我的数据", message_id)
            text = strip_links(answer.text)
            rest = text.endswith("点这里继续看")
            pages.append(text.removesuffix("点这里继续看").strip())
            if not rest:
                break
        return "".join(pages)


def main() -> int:
    """Run once; print JSON; 0 when every message was answered exactly once and in order."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--messages", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--pause", type=float, default=1.0, help="mean seconds between questions")
    parser.add_argument("--twice", type=float, default=0.5, help="share pushed twice")
    parser.add_argument("--mode", choices=["plain", "safe"], default="safe")
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--model", default="tcm")
    parser.add_argument("--kill", action="store_true", help="kill -9 a worker every 3 seconds")
    parser.add_argument("--reload", nargs="*", default=[], help="models to swap to on the way")
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    aes_key = base64.b64encode(os.urandom(32)).decode().rstrip("=") if args.mode == "safe" else ""
    api = ApiHost()
    env = {
        "XINGLIN_WECHAT_TOKEN": "benchmark",
        "XINGLIN_WECHAT_APP_ID": "wxbenchmark",
        "XINGLIN_WECHAT_APP_SECRET": "benchmark",
        "XINGLIN_WECHAT_ACCOUNT": "service",
        "XINGLIN_WECHAT_API_BASE": api.url,
        "XINGLIN_ADMIN_TOKEN": "benchmark",
        "XINGLIN_BACKEND": args.backend,
        "XINGLIN_MODEL": args.model,
        "XINGLIN_MODELS": str(args.models.resolve()),
        "XINGLIN_HISTORY_BYTES": "65536",
    }
    if aes_key:
        env["XINGLIN_WECHAT_AES_KEY"] = aes_key
    stack = Stack(env, workers=args.workers)
    try:
        platform = Platform([stack.base + "/wechat"], "benchmark", "wxbenchmark", aes_key)
        stop, breaker_log = threading.Event(), []

        def breaker() -> None:
            turn = 0
            pending = list(args.reload)
            while not stop.wait(3.0):
                if args.kill:
                    stack.kill_worker(turn % args.workers)
                    breaker_log.append("killed a worker")
                if pending:
                    answer = stack.admin("POST", "reload", model=pending.pop(0))
                    breaker_log.append(json.dumps(answer, ensure_ascii=False))
                turn += 1

        thread = threading.Thread(target=breaker, daemon=True)
        thread.start()
        run = Run(platform, api, users=args.users, messages=args.messages)
        report = run.go(pause_s=args.pause, twice=args.twice, seed=args.seed)
        stop.set()
        thread.join(70)
        summary = report.summary()
        summary["memory_mib"] = {k: round(v, 1) for k, v in stack.memory_mib().items()}
        summary["broken"] = breaker_log
        print(json.dumps(summary, ensure_ascii=False, indent=2))
    finally:
        stack.close()
        api.close()
    good = report.answered == report.messages and not (
        report.differing_copies or report.out_of_order or report.turns_kept_wrong
    )
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
