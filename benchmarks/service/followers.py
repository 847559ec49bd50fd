"""Drive the real service with many followers and say what each of them got.

    python -m benchmarks.service.followers             # starts Redis, gunicorn and two workers
    python -m benchmarks.service.followers --kill --reload OTHER    # and breaks things

Some messages are pushed twice, as the platform repeats itself; the report counts, by id, what was
answered, how often, in which order and how fast. What the service can take: `load.py`.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import threading
from dataclasses import asdict
from pathlib import Path

from tests.tools.wechat_simulator.api_host import ApiHost
from tests.tools.wechat_simulator.crowd import Crowd, Habits
from tests.tools.wechat_simulator.pusher import Pusher
from tests.tools.wechat_simulator.stack import Stack
from tests.tools.wechat_simulator.wire import Account

TOKEN = "benchmark"


def main() -> int:
    """Run once; print JSON; 0 when nothing was lost, doubled or out of order."""
    args = _arguments()
    aes_key = base64.b64encode(os.urandom(32)).decode().rstrip("=")
    api = ApiHost()
    env = settings(api, aes_key) | {
        "XINGLIN_BACKEND": args.backend,
        "XINGLIN_MODEL": args.model,
        "XINGLIN_MODELS": str(args.models.resolve()),
        "XINGLIN_HISTORY_BYTES": "65536",
        "XINGLIN_WECHAT_MODE": args.mode,
    }
    stack = Stack(env, workers=args.workers, wait_s=120)
    try:
        account = Account(TOKEN, "wxbenchmark", aes_key, args.mode)
        habits = Habits(pause_s=args.pause, doubled=args.twice)
        crowd = Crowd(
            Pusher(account, [stack.base + "/wechat"]),
            api,
            users=args.users,
            habits=habits,
            seed=args.seed,
        )
        with Breaking(stack, kill=args.kill, models=args.reload) as breaking:
            crowd.write_for(args.seconds)
        report = crowd.settle()
        wrong = crowd.kept_wrong()
        summary = asdict(report) | {
            "turns_kept_wrong": wrong,
            "memory_mib": {k: round(v, 1) for k, v in stack.memory_mib().items()},
            "broken": breaking.log,
        }
        print(json.dumps(summary, ensure_ascii=False, indent=2))
    finally:
        stack.close()
        api.close()
    bad = report.lost or report.duplicated or report.out_of_order or report.notices or wrong
    return 1 if bad or report.defects else 0


def settings(api: ApiHost, aes_key: str) -> dict[str, str]:
    """Return the settings of a service account that nobody limits."""
    return {
        "XINGLIN_WECHAT_TOKEN": TOKEN,
        "XINGLIN_WECHAT_APP_ID": "wxbenchmark",
        "XINGLIN_WECHAT_APP_SECRET": "benchmark",
        "XINGLIN_WECHAT_AES_KEY": aes_key,
        "XINGLIN_WECHAT_ACCOUNT": "service",
        "XINGLIN_WECHAT_API_BASE": api.url,
        "XINGLIN_ADMIN_TOKEN": "benchmark-admin-token",
        "XINGLIN_USER_RATE": "",
        "XINGLIN_LOG_LEVEL": "WARNING",
    }


class Breaking:
    """Kills a worker, or announces the next model, every three seconds while it is entered."""

    def __init__(self, stack: Stack, *, kill: bool, models: list[str]) -> None:
        self.log: list[str] = []
        self._stack, self._kill, self._models = stack, kill, list(models)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, daemon=True)

    def __enter__(self) -> Breaking:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(70)

    def _loop(self) -> None:
        turn = 0
        while not self._stop.wait(3.0):
            if self._kill:
                self._stack.kill_worker(turn % len(self._stack.workers))
                self.log.append("killed a worker")
            if self._models:
                answer = self._stack.admin("POST", "reload", model=self._models.pop(0))
                self.log.append(json.dumps(answer, ensure_ascii=False))
            turn += 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long they write")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--pause", type=float, default=1.0, help="mean seconds between questions")
    parser.add_argument("--twice", type=float, default=0.5, help="share pushed twice")
    parser.add_argument("--mode", choices=["plain", "compatible", "safe"], default="safe")
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--model", default="tcm")
    parser.add_argument("--kill", action="store_true", help="kill -9 a worker every 3 seconds")
    parser.add_argument("--reload", nargs="*", default=[], help="models to swap to on the way")
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
