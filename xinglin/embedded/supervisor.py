"""The process that runs the embedded Redis and one worker while any web process needs them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from xinglin.clock import SYSTEM, Clock
from xinglin.embedded.files import Files, read_json, write_json
from xinglin.embedded.locks import FileLock
from xinglin.embedded.redis_server import Address, answers, command, find_program
from xinglin.settings import PREFIX

LOOK_S = 0.2
GRACE_S = 0.6
SLOWEST_RESTART_S = 15.0
WORKER = ["worker", "-w", "workers.worker.EngineWorker", "turns"]


class Supervisor:
    """Starts Redis and the worker, restarts what dies, stops both at the end."""

    def __init__(self, files: Files, clock: Clock = SYSTEM) -> None:
        self._files, self._clock = files, clock
        self._address = Address.choose(files)
        self._redis: subprocess.Popen[bytes] | None = None
        self._worker: subprocess.Popen[bytes] | None = None
        self._worker_started = 0.0
        self._delay_s = 0.5
        self._told_to_stop = False

    def run(self) -> None:
        """Run until no web process holds the users' lock."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._tell)
        try:
            while not self._told_to_stop and self._wanted():
                self._look()
                self._clock.sleep(LOOK_S)
        finally:
            self._stop()

    def _tell(self, number: int, frame: object) -> None:
        del number, frame
        self._told_to_stop = True

    def _wanted(self) -> bool:
        """Return whether a web process lives; a moment's grace lets one take over from another."""
        return not self._clock.wait_for(self._unused, 0) or not self._unused_for_long()

    def _unused(self) -> bool:
        lock = FileLock(self._files.users_lock)
        alone = lock.try_alone()
        lock.release()
        return alone

    def _unused_for_long(self) -> bool:
        self._clock.sleep(GRACE_S)
        return self._unused()

    def _look(self) -> None:
        if self._redis is None:
            if not self._start_redis():
                self._told_to_stop = True  # it never ran: whoever started us says why
                return
        elif self._redis.poll() is not None:
            self._start_redis()
        if self._worker is None:
            self._start_worker()
        elif self._worker.poll() is not None:
            lived = self._clock.monotonic() - self._worker_started
            self._delay_s = 0.5 if lived > 30 else min(SLOWEST_RESTART_S, 2 * self._delay_s)
            if lived > self._delay_s:
                self._start_worker()

    def _start_redis(self) -> bool:
        """Start the server and wait until it answers; False where it ended instead."""
        self._address.socket.unlink(missing_ok=True)
        program = find_program()
        started = self._redis = subprocess.Popen(
            command(program, self._address, self._files), start_new_session=True
        )
        self._clock.wait_for(lambda: answers(self._address) or started.poll() is not None, 15)
        self._note()
        return started.poll() is None

    def _start_worker(self) -> None:
        environment = os.environ | {PREFIX + "REDIS_URL": self._address.url}
        program = [sys.executable, "-c", "from rq.cli import main; main()", *WORKER]
        self._worker = subprocess.Popen(program, env=environment, start_new_session=True)
        self._worker_started = self._clock.monotonic()
        self._note()

    def _note(self) -> None:
        running = [p.pid for p in (self._redis, self._worker) if p and p.poll() is None]
        state: dict[str, object] = {
            "url": self._address.url,
            "socket": str(self._address.socket),
            "pids": running,
        }
        write_json(self._files.state, state)

    def _stop(self) -> None:
        for process, patience_s in ((self._worker, 10.0), (self._redis, 10.0)):
            if process is None:
                continue
            process.terminate()
            try:
                process.wait(patience_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._address.remove(self._files)
        self._files.state.unlink(missing_ok=True)


def stop_leftovers(files: Files) -> None:
    """End what an earlier supervisor left behind when it was itself killed."""
    pids = read_json(files.state).get("pids")
    for pid in pids if isinstance(pids, list) else []:
        command_line = ["ps", "-ww", "-p", str(pid), "-o", "command="]
        shown = subprocess.run(command_line, capture_output=True, text=True, check=False)
        if "EngineWorker" in shown.stdout or str(files.folder) in shown.stdout:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
    files.state.unlink(missing_ok=True)


def main() -> int:
    """Run; the only argument is the folder of `XINGLIN_VAR`."""
    files = Files.under(Path(sys.argv[1]))
    lock = FileLock(files.supervisor_lock)
    if not lock.try_alone():
        return 0
    stop_leftovers(files)
    Supervisor(files).run()
    lock.release()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
