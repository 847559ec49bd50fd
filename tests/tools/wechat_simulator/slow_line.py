"""A line to Redis that takes its time: a TCP relay that holds every chunk for a while."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time


class SlowLine:
    """Relays connections to a port, each way delayed by half a round trip."""

    def __init__(self, port: int, round_trip_s: float) -> None:
        self._target, self.round_trip_s = port, round_trip_s
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """End all connections."""
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            self._open += [near, far]
            for source, target in ((near, far), (far, near)):
                self._relay(source, target)

    def _relay(self, source: socket.socket, target: socket.socket) -> None:
        chunks: queue.Queue[tuple[float, bytes]] = queue.Queue()

        def read() -> None:
            data = b"x"
            while data:
                try:
                    data = source.recv(65_536)
                except OSError:
                    data = b""
                chunks.put((time.monotonic() + self.round_trip_s / 2, data))

        def write() -> None:
            while True:
                due, data = chunks.get()
                time.sleep(max(0.0, due - time.monotonic()))
                with contextlib.suppress(OSError):
                    if not data:
                        target.shutdown(socket.SHUT_WR)
                        return
                    target.sendall(data)

        for work in (read, write):
            threading.Thread(target=work, daemon=True).start()
