"""The real stack as processes: Redis, gunicorn, RQ workers; started and stopped by a run."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Stack:
    """One Redis, one gunicorn and some workers on this machine, in a folder of their own."""

    def __init__(self, env: dict[str, str], *, workers: int = 2, wait_s: float = 60.0) -> None:
        """Start everything and wait until it is ready.

        Args:
            env: `XINGLIN_*` settings, without the Redis address.
            workers: RQ worker processes.
            wait_s: give up when `/readyz` is not 200 by then.
        """
        self.folder = Path(tempfile.mkdtemp(prefix="xinglin-"))
        self.redis_port, self.port = free_port(), free_port()
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("XINGLIN_")}
        self.env |= env | {"XINGLIN_REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0"}
        self.base = f"http://127.0.0.1:{self.port}"
        self.redis = self._start_redis()
        self.web = self._start(
            "web", [sys.executable, "-m", "gunicorn", "wsgi:app", "-b", f"127.0.0.1:{self.port}"]
        )
        self.workers = [self.start_worker() for _ in range(workers)]
        self._wait_ready(workers, wait_s)

    def _start_redis(self) -> subprocess.Popen[bytes]:
        program = shutil.which("redis-server") or str(
            Path(sys.executable).with_name("redis-server")
        )
        arguments = ["--port", str(self.redis_port), "--bind", "127.0.0.1", "--appendonly", "yes"]
        return self._start("redis", [program, *arguments, "--dir", str(self.folder)])

    def start_worker(self) -> subprocess.Popen[bytes]:
        """Start one RQ worker as the deployment does."""
        rq = str(Path(sys.executable).with_name("rq"))
        return self._start("worker", [rq, "worker", "-w", "workers.worker.EngineWorker", "turns"])

    def _start(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
            )

    def _wait_ready(self, workers: int, wait_s: float) -> None:
        deadline = time.monotonic() + wait_s
        while time.monotonic() < deadline:
            with contextlib.suppress(requests.RequestException):
                ready = requests.get(self.base + "/readyz", timeout=2)
                if ready.status_code == 200 and len(self.live_workers()) >= workers:
                    return
            time.sleep(0.2)
        log = self.log()
        self.close()
        raise TimeoutError(f"the stack was not ready after {wait_s:.0f} s:\n{log[-3000:]}")

    def live_workers(self) -> list[dict[str, object]]:
        """Return what `/admin/status` says of the workers; needs an admin token."""
        status = self.admin("GET", "status")
        found: list[dict[str, object]] = status.get("workers", [])
        return found

    def admin(self, method: str, name: str, **body: object) -> dict[str, list[dict[str, object]]]:
        """Call one admin endpoint."""
        headers = {"Authorization": f"Bearer {self.env['XINGLIN_ADMIN_TOKEN']}"}
        answer = requests.request(
            method, f"{self.base}/admin/{name}", json=body or None, headers=headers, timeout=60
        )
        result: dict[str, list[dict[str, object]]] = answer.json()
        return result

    def kill_worker(self, index: int) -> None:
        """`kill -9` one worker, and start another in its place as a supervisor would."""
        self.workers[index].kill()
        self.workers[index].wait()
        self.workers[index] = self.start_worker()

    def log(self) -> str:
        """Return what the processes printed."""
        return "".join(path.read_text(errors="replace") for path in self.folder.glob("*.log"))

    def memory_mib(self) -> dict[str, float]:
        """Return the proportional memory of web (all its processes) and of one worker, in MiB."""
        web = [self.web.pid, *_children(self.web.pid)]
        return {
            "web": sum(_pss_mib(pid) for pid in web),
            "worker": _pss_mib(self.workers[0].pid),
            "redis": _pss_mib(self.redis.pid),
        }

    def close(self) -> None:
        """Stop everything and remove the folder."""
        for process in (*getattr(self, "workers", ()), self.web, self.redis):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in (*getattr(self, "workers", ()), self.web, self.redis):
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


def _pss_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0
