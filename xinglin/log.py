"""Log lines for people or machines. An event has a fixed name and fields, never a user's words."""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable

from xinglin.bilingual import Notice, both
from xinglin.settings import Settings

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}

_OURS = frozenset({"xinglin", "inference"})
_DEEPEST = 8


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in record.__dict__.items() if name not in _STANDARD}


def _trace(error: BaseException | None) -> str:
    """Return where an error and its causes came from.

    The sentence of an error of ours is shown; of any other only the kind, since its text may quote
    what a follower wrote.
    """
    parts: list[str] = []
    while error is not None and len(parts) < _DEEPEST:
        kind = type(error)
        ours = kind.__module__.partition(".")[0] in _OURS
        frames = "".join(traceback.format_tb(error.__traceback__))
        parts.append(
            f"{frames}{kind.__module__}.{kind.__qualname__}" + (f": {error}" if ours else "")
        )
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\ncaused by\n".join(parts)


class TextFormatter(logging.Formatter):
    """`12:00:01 INFO    xinglin.store event field=value`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, and the traceback when there is one."""
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        fields = "".join(
            f" {name}={' / '.join(both(value)) if isinstance(value, Notice) else value}"
            for name, value in _fields(record).items()
        )
        line = f"{clock} {record.levelname:<7} {record.name} {record.getMessage()}{fields}"
        return f"{line}\n{_trace(record.exc_info[1])}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        row: dict[str, object] = {
            "time": round(record.created, 3),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
        }
        row |= _fields(record)
        if record.exc_info:
            row["exception"] = _trace(record.exc_info[1])
        return json.dumps(row, ensure_ascii=False, default=str)


class Seldom:
    """Lets one event a second be told, for those of which strangers can make any number."""

    def __init__(self, every_s: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._every_s, self._clock = every_s, clock
        self._lock = threading.Lock()
        self._next, self._times = 0.0, 0

    def take(self) -> int:
        """Count an event; return how many are to be told with this one, 0 for not now."""
        with self._lock:
            self._times += 1
            now = self._clock()
            if now < self._next:
                return 0
            told, self._times, self._next = self._times, 0, now + self._every_s
            return told


def configure(settings: Settings) -> None:
    """Send every log line of the process to stderr in the chosen format."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for noisy in ("rq.worker", "rq.queue", "rq.job", "urllib3", "werkzeug"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
