"""The real stack as processes: Redis, gunicorn, RQ workers; started, broken and stopped by a run."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import requests

from tests.tools.ports import free_port

ROOT = Path(__file__).resolve().parents[3]
ENGINE_WORKER = "workers.worker.EngineWorker"
Process = subprocess.Popen[bytes]


class Stack:
    """One Redis, web servers and workers, in a folder of their own.

    With `supervise` a thread starts again what ended, as systemd would.
    """

    def __init__(
        self,
        env: dict[str, str],
        *,
        workers: int = 2,
        webs: int = 1,
        wait_s: float = 60.0,
        worker_class: str = ENGINE_WORKER,
        supervise: bool = False,
        redis_folder: Path | None = None,
        host: str = "127.0.0.1",
        gunicorn: Sequence[str] = (),
    ) -> None:
        """Start everything and wait until it is ready.

        Args:
            env: `XINGLIN_*` settings, without the Redis address, and more for all processes.
            workers: RQ worker processes.
            webs: gunicorn masters, each with a port of its own.
            wait_s: give up when `/readyz` is not 200 by then.
            worker_class: for engines that misbehave on purpose.
            supervise: start again what ended.
            redis_folder: where Redis keeps its files; None: in the stack's folder.
            host: address that all of it listens on.
            gunicorn: more arguments for the web servers.
        """
        self.folder = Path(tempfile.mkdtemp(prefix="xinglin-"))
        self.host, self._worker_class, self._gunicorn = host, worker_class, list(gunicorn)
        self.redis_folder = redis_folder or self.folder
        self.redis_port, self.ports = free_port(), [free_port() for _ in range(webs)]
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("XINGLIN_")}
        self.env |= {"XINGLIN_REDIS_URL": f"redis://{host}:{self.redis_port}/0"} | env
        self.bases = [f"http://{host}:{port}" for port in self.ports]
        self._lock, self._closing = threading.RLock(), threading.Event()
        self.redis = self._start_redis()
        self.webs = [self._start_web(index) for index in range(webs)]
        self.workers = [self.start_worker() for _ in range(workers)]
        self._wait_ready(workers, wait_s)
        if supervise:
            threading.Thread(target=self._supervise, daemon=True).start()

    @property
    def base(self) -> str:
        """Address of the first web server."""
        return self.bases[0]

    @property
    def web(self) -> Process:
        """The first web server."""
        return self.webs[0]

    def _start_redis(self) -> Process:
        program = shutil.which("redis-server") or str(
            Path(sys.executable).with_name("redis-server")
        )
        arguments = ["--port", str(self.redis_port), "--bind", self.host, "--appendonly", "yes"]
        arguments += ["--save", "", "--protected-mode", "no"]
        return self.start("redis", [program, *arguments, "--dir", str(self.redis_folder)])

    def _start_web(self, index: int) -> Process:
        address = f"{self.host}:{self.ports[index]}"
        command = [sys.executable, "-m", "gunicorn", "wsgi:app", "-b", address, *self._gunicorn]
        return self.start("web", command)

    def start_worker(self, **env: str) -> Process:
        """Start one RQ worker as the deployment does."""
        rq = str(Path(sys.executable).with_name("rq"))
        path = {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), env.get("PYTHONPATH")]))}
        command = [rq, "worker", "-w", self._worker_class, "turns"]
        return self.start("worker", command, **(env | path))

    def start(self, name: str, command: list[str], **env: str) -> Process:
        """Start a process of the stack; what it prints goes to `NAME.log`."""
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.env | env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _wait_ready(self, workers: int, wait_s: float) -> None:
        deadline = time.monotonic() + wait_s
        while time.monotonic() < deadline:
            if all(self.ready(base) for base in self.bases) and len(self.live_workers()) >= workers:
                return
            time.sleep(0.1)
        log = self.log()
        self.close()
        raise TimeoutError(f"the stack was not ready after {wait_s:.0f} s:\n{log[-3000:]}")

    def ready(self, base: str | None = None) -> bool:
        """Return whether a web server says that messages would be answered."""
        with contextlib.suppress(requests.RequestException):
            answer = requests.get((base or self.base) + "/readyz", timeout=5)
            return bool(answer.status_code == 200)
        return False

    def live_workers(self) -> list[dict[str, object]]:
        """Return what `/admin/status` says of the workers; needs an admin token."""
        status = self.admin("GET", "status")
        found: list[dict[str, object]] = status.get("workers", [])
        return found

    def counters(self) -> dict[str, float]:
        """Return the counters of `/admin/status`."""
        found: dict[str, float] = self.admin("GET", "status").get("counts", {})
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
        with self._lock:
            self.workers[index].kill()
            self.workers[index].wait()
            self.workers[index] = self.start_worker()

    def end_worker(self, index: int, signal_: int = signal.SIGTERM, wait_s: float = 40.0) -> int:
        """Tell one worker to leave and start another when it did; return its exit status."""
        with self._lock:
            leaving = self.workers[index]
            self.workers[index] = self.start_worker()
        leaving.send_signal(signal_)
        return leaving.wait(wait_s)

    def kill_web(self, index: int) -> None:
        """`kill -9` one web server with all its processes, and start it again."""
        with self._lock:
            os.killpg(self.webs[index].pid, signal.SIGKILL)
            self.webs[index].wait()
            self.webs[index] = self._start_web(index)

    def kill_redis(self, *, down_s: float = 0.0) -> None:
        """`kill -9` Redis, and start it again on its files after a while."""
        self.redis.kill()
        self.redis.wait()
        time.sleep(down_s)
        self.redis = self._start_redis()

    def _supervise(self) -> None:
        while not self._closing.wait(0.5):
            with self._lock:
                for index, process in enumerate(self.workers):
                    if process.poll() is not None and not self._closing.is_set():
                        self.workers[index] = self.start_worker()

    def log(self) -> str:
        """Return what the processes printed."""
        return "".join(path.read_text(errors="replace") for path in self.folder.glob("*.log"))

    def memory_mib(self) -> dict[str, float]:
        """Return the proportional memory of web (all its processes) and of one worker, in MiB."""
        web = [pid for master in self.webs for pid in (master.pid, *_children(master.pid))]
        return {
            "web": sum(pss_mib(pid) for pid in web),
            "worker": pss_mib(self.workers[0].pid),
            "redis": pss_mib(self.redis.pid),
        }

    def cpu_s(self) -> dict[str, float]:
        """Return the processor seconds that each part has used so far."""
        web = [pid for master in self.webs for pid in (master.pid, *_children(master.pid))]
        return {
            "web": sum(_cpu_s(pid) for pid in web),
            "worker": sum(_cpu_s(worker.pid) for worker in self.workers),
            "redis": _cpu_s(self.redis.pid),
        }

    def close(self) -> None:
        """Stop everything and remove the folder."""
        self._closing.set()
        with self._lock:
            all_ = [*getattr(self, "workers", ()), *getattr(self, "webs", ()), self.redis]
        for process in all_:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGCONT)
                os.killpg(process.pid, signal.SIGTERM)
        for process in all_:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


def pss_mib(pid: int) -> float:
    """Return the proportional memory of a process, in MiB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
