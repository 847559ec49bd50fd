"""Throughput of the real service: accepted messages a second, latency, processor time by part.

    python -m benchmarks.service.load           # echo, the real model, a thousand at once
    python -m benchmarks.service.load --only echo --messages 20000

`echo` answers the follower's own text, so that it shows the service without the model. Web, worker,
Redis and this generator share the machine.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import signal
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count

from benchmarks.service.followers import TOKEN, settings
from tests.tools.wechat_simulator.api_host import ApiHost
from tests.tools.wechat_simulator.crowd import TOPICS, Crowd
from tests.tools.wechat_simulator.pusher import Outcome, Pusher
from tests.tools.wechat_simulator.stack import Stack
from tests.tools.wechat_simulator.wire import Account

UNLIMITED = {"XINGLIN_QUEUE_LIMIT": "100000"}


@dataclass(slots=True)
class Load:
    """Outcome of a number of messages.

    Attributes:
        seconds: of each message that was answered passively.
        other: messages that were refused, acknowledged only, or met the fault notice.
        wall_s: from the first to the last.
        cpu_ms: processor milliseconds a message, by part.
        memory: memory in MiB by part, at the beginning, in the middle, and at the end.
    """

    seconds: list[float]
    other: int
    wall_s: float
    cpu_ms: dict[str, float]
    memory: list[dict[str, float]]

    def row(self, name: str) -> str:
        """Return a row of the table."""
        cuts = statistics.quantiles(self.seconds, n=100, method="inclusive")
        p50, p95, p99 = (f"{1000 * cuts[p - 1]:.0f}" for p in (50, 95, 99))
        cpu = " + ".join(f"{self.cpu_ms[part]:.2f}" for part in ("web", "worker", "redis", "load"))
        rate = f"{len(self.seconds) / self.wall_s:.0f}"
        cells = (name, len(self.seconds), self.other, rate, p50, p95, p99, cpu)
        return f"| {' | '.join(map(str, cells))} |"


def drive(stack: Stack, account: Account, *, messages: int, followers: int) -> Load:
    """Let followers write one message after another, each at once after the last answer."""
    pusher = Pusher(account, [base + "/wechat" for base in stack.bases], keep_alive=True)
    seconds: list[float] = []
    outcomes: list[Outcome] = []
    numbers, run = count(1), random.Random().randrange(10**6)
    memory = [stack.memory_mib()]

    def follow(user: int) -> None:
        while (number := next(numbers)) <= messages:
            text = f"{TOPICS[number % len(TOPICS)]}，请讲讲"
            outcome = pusher.text(f"oLoad{run}x{user:05d}", text, f"{run}{number:09d}")
            answered = outcome.shown is not None and outcome.shown.kind in ("answer", "apology")
            if answered:
                seconds.append(outcome.seconds)
            else:
                outcomes.append(outcome)
            if number == messages // 2:
                memory.append(stack.memory_mib())

    before, own = stack.cpu_s(), _own_cpu_s()
    began = time.monotonic()
    with ThreadPoolExecutor(followers) as pool:
        list(pool.map(follow, range(followers)))
    wall = time.monotonic() - began
    used = {part: after - before[part] for part, after in stack.cpu_s().items()}
    used["load"] = _own_cpu_s() - own
    memory.append(stack.memory_mib())
    cpu = {part: 1000 * value / messages for part, value in used.items()}
    return Load(seconds, len(outcomes), wall, cpu, memory)


def crowd_at_once(stack: Stack, api: ApiHost, account: Account, *, waiting: int) -> str:
    """Let many webhooks wait at once for workers that sleep; return what followers got, a row."""
    crowd = Crowd(Pusher(account, [base + "/wechat" for base in stack.bases]), api, users=0)
    rng = random.Random(1)
    for worker in stack.workers:
        os.killpg(worker.pid, signal.SIGSTOP)
    asking = [
        threading.Thread(target=crowd.ask, args=(user, 1, crowd.text(user, 1, rng)))
        for user in range(waiting)
    ]
    began, memory = time.monotonic(), stack.memory_mib()["web"]
    for one in asking:
        one.start()
    time.sleep(max(0.0, began + 2.5 - time.monotonic()))
    grown = stack.memory_mib()["web"] - memory
    for worker in stack.workers:
        os.killpg(worker.pid, signal.SIGCONT)
    for one in asking:
        one.join()
    report = crowd.settle(60)
    passive = report.answered - report.late
    notices = report.notices + report.saved
    return (
        f"{waiting} waiting at once, workers asleep for 2.5 s: {passive} passive, "
        f"{report.late} sent later, {report.refused} refused, {report.lost} lost, "
        f"{notices} fault notices, {report.duplicated} duplicated; last answer after "
        f"{report.max_s:.1f} s; memory of the web side grew by {grown:.0f} MiB"
    )


def main() -> int:
    """Run the chosen parts and print a table; 0 when nothing went wrong."""
    args = _arguments()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    api = ApiHost(quotas=False)
    lines: list[str] = []
    cpu = "CPU ms a message: web + worker + redis + generator"
    print(f"| backend, mode | answered | other | a second | p50 ms | p95 ms | p99 ms | {cpu} |")
    print("| --- " * 8 + "|")
    try:
        for name, messages, followers in (
            ("echo", args.messages, args.followers),
            ("auto", args.messages // 20, args.followers // 2),
        ):
            if args.only in (name, ""):
                with_model = settings(api, "") | UNLIMITED | {"XINGLIN_BACKEND": name}
                stack = Stack(with_model, workers=args.workers, wait_s=120)
                try:
                    account = Account(TOKEN, "wxbenchmark")
                    drive(stack, account, messages=max(20, messages // 10), followers=followers)
                    load = drive(stack, account, messages=messages, followers=followers)
                finally:
                    stack.close()
                print(load.row(f"{name}, plain, {followers} followers"), flush=True)
                lines.append(f"{name}: " + _memory(load))
        if args.only in ("waiting", ""):
            many = settings(api, "") | UNLIMITED | {"XINGLIN_BACKEND": "echo"}
            threads = ("--threads", str(args.waiting * 3 // 4))
            stack = Stack(many, workers=args.workers, gunicorn=threads)
            try:
                account = Account(TOKEN, "wxbenchmark")
                lines.append(crowd_at_once(stack, api, account, waiting=args.waiting))
            finally:
                stack.close()
    finally:
        api.close()
    print("", *lines, sep="\n")
    return 0


def _memory(load: Load) -> str:
    parts = [
        f"{part} " + " -> ".join(f"{sample[part]:.0f}" for sample in load.memory)
        for part in ("web", "worker", "redis")
    ]
    return f"MiB at the beginning, half way and at the end: {', '.join(parts)}"


def _own_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", choices=["", "echo", "auto", "waiting"], default="")
    parser.add_argument("--messages", type=int, default=4000, help="with echo; a 20th with a model")
    parser.add_argument("--followers", type=int, default=16)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--waiting", type=int, default=1000)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
