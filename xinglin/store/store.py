"""Everything kept in Redis, behind one door."""

from __future__ import annotations

import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from xinglin.bilingual import Notice
from xinglin.clock import SYSTEM, Clock
from xinglin.errors import StoreError
from xinglin.settings import Settings
from xinglin.store import keys
from xinglin.store.account_registry import AccountRegistry
from xinglin.store.bounded_list import BoundedList
from xinglin.store.connection import Client, connect, store_errors
from xinglin.store.encryption import Encryption
from xinglin.store.handovers import Handovers
from xinglin.store.keys import UserKeys
from xinglin.store.operations.access_token import TokenCache
from xinglin.store.operations.metrics import Metrics, Readings, read_readings
from xinglin.store.operations.metrics_history import PATHS, MetricsHistory, Sample, total_errors
from xinglin.store.operations.model_registry import ModelRegistry
from xinglin.store.operations.pause import Pause
from xinglin.store.operations.ranker_registry import RankerRegistry
from xinglin.store.operations.sessions import Sessions
from xinglin.store.operations.worker_control import WorkerControl
from xinglin.store.process_name import ProcessName
from xinglin.store.rate_limits import MinuteLimiter
from xinglin.store.script import Script
from xinglin.store.server import ServerFacts, read_server
from xinglin.store.turns.admission import Admission
from xinglin.store.turns.dead_letters import DeadLetters
from xinglin.store.turns.handoff import Handoff
from xinglin.store.turns.inbox import Inbox
from xinglin.store.turns.outbox import Outbox
from xinglin.store.turns.ready_queue import dequeue_user, ensure_job
from xinglin.store.turns.turns import Turns
from xinglin.store.users.body_facts import BodyFacts
from xinglin.store.users.continuation import Continuation
from xinglin.store.users.conversation import Conversation
from xinglin.store.users.feedback import Feedback
from xinglin.store.users.followers import Followers
from xinglin.store.users.idempotency import Idempotency
from xinglin.store.users.moderation import Moderation
from xinglin.store.users.open_questions import OpenQuestions
from xinglin.store.users.pages import Pages
from xinglin.store.users.traces import Traces
from xinglin.store.users.votes import Votes

_HERE = Path(__file__).parent


class Stats:
    """Durable counters as Redis has them, and what waits."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    def snapshot(self) -> dict[str, float]:
        """Return all counters, and waiting, users_active, outbox, dead, and others."""
        with store_errors():
            counters = {k.decode(): float(v) for k, v in self._redis.hgetall(keys.COUNTERS).items()}
            seconds, micros = self._redis.time()
            oldest = self._redis.zrange(keys.ACTIVE, 0, 0, withscores=True)
            overdue = int(seconds) + int(micros) / 1e6 - oldest[0][1] / 1000 if oldest else 0.0
            return counters | {
                "waiting": float(self._redis.get(keys.QUEUED) or 0),
                "users_active": float(self._redis.zcard(keys.ACTIVE)),
                "outbox": float(self._redis.zcard(keys.OUTBOX_DUE)),
                "dead": float(self._redis.llen(keys.DEAD)),
                "handovers_waiting": float(self._redis.zcard(keys.HANDOVERS_WAITING)),
                "overdue_s": max(0.0, overdue),
            }


class Store:
    """The store of the service; one object a process, safe for threads."""

    def __init__(self, redis: Client, settings: Settings, clock: Clock = SYSTEM) -> None:
        self.redis, self._clock = redis, clock
        # Set when the store is closed: threads that look into it from time to time end then.
        self.closing = threading.Event()
        process = self.process = ProcessName()
        metrics = self.metrics = Metrics(redis)
        self.followers = Followers(redis, settings.id_key)
        encryption = self._encryption = Encryption(settings.history_key)
        self.inbox = Inbox(redis, settings, process, encryption, clock)
        self.turns = Turns(redis, settings, encryption)
        self.handoff = Handoff(redis, process, encryption, can_send=settings.can_send, clock=clock)
        self.conversation = Conversation(redis, encryption)
        self.outbox = Outbox(redis, encryption, metrics, settings.lease_s)
        self.body_facts = BodyFacts(redis, encryption)
        self.handovers = Handovers(redis, settings, encryption, clock)
        self.pages = Pages(redis, encryption)
        self.continuation = Continuation(redis, encryption)
        self.traces = Traces(redis, encryption)
        self.votes = Votes(redis, encryption, settings.records_ttl_s)
        self.feedback = Feedback(redis, encryption, metrics, self.votes, settings.records_ttl_s)
        self.questions = OpenQuestions(redis, encryption, settings.questions_ttl_s)
        self.idempotency = Idempotency(redis, encryption)
        self.dead_letters = DeadLetters(redis, settings)
        # What followers cause has a list of its own: it must not push out what operators did.
        self.audit = BoundedList(redis, keys.AUDIT, settings.records_ttl_s)
        self.blocked = BoundedList(redis, keys.BLOCKED, settings.records_ttl_s)
        self.moderation = Moderation(redis)
        self.admission = Admission(redis, self.followers, settings.signature_age_s)
        self.rate_limiter = MinuteLimiter(redis, clock)
        self.models = ModelRegistry(redis)
        self.rankers = RankerRegistry(redis)
        self.accounts = AccountRegistry(redis)
        self.tokens = TokenCache(redis, metrics)
        self.stats = Stats(redis)
        self.metrics_history = MetricsHistory(redis)
        self.sessions = Sessions(redis)
        self.pause = Pause(redis)
        self.worker_control = WorkerControl(redis, self.models, clock)
        self._erase_inbox = Script(redis, _HERE / "turns" / "erase_inbox.lua")

    @classmethod
    def open(cls, settings: Settings, *, connection: Client | None = None) -> Store:
        """Connect (lazily: Redis need not be there yet).

        Raises:
            StoreError: there is no address to connect to.
        """
        if connection is None and not settings.redis_url:
            raise StoreError(
                Notice(
                    "XINGLIN_REDIS_URL is not set; set it, or use `flask run`",
                    "没有设 XINGLIN_REDIS_URL；请设置它，或者用 `flask run`",
                )
            )
        return cls(connection or connect(settings.redis_url), settings)

    def close(self) -> None:
        """Let go of the connections."""
        self.closing.set()
        self.metrics.close()
        self.handoff.close()
        self.redis.close()

    def ping(self) -> bool:
        """Return True, or raise StoreUnavailable."""
        with store_errors():
            return bool(self.redis.ping())

    def user_key(self, openid: str) -> str:
        """Return what stands for a follower in keys and logs: a keyed hash, 24 hex digits."""
        return self.followers.user(openid)

    def export(self, user: str) -> dict[str, Any]:
        """Return everything kept about a user, for the user to read."""
        own = UserKeys(user)
        with store_errors():
            waiting = self.redis.llen(own.inbox)
            unread = self.redis.llen(own.unread)
        turns = [asdict(turn) for turn in self.conversation.read(user)]
        held = self.handovers.read(user)
        said = [
            entry
            for entry in self.feedback.entries()
            if entry["user"] == user and "unreadable" not in entry
        ]
        return {
            "turns": turns,
            "feedback": said,
            "votes": [asdict(vote) for vote in self.votes.entries(user)],
            "questions": [one for one in self.questions.entries() if one["user"] == user],
            "facts": sorted(self.body_facts.read(user)),
            "handover": [asdict(said) for said in held.said] if held else [],
            "waiting": waiting,
            "unread": unread,
        }

    def inspect(self, user: str) -> dict[str, Any]:
        """Return what is kept about a user without the words, for the operator."""
        own = UserKeys(user)
        with store_errors():
            pipe = self.redis.pipeline(transaction=False)
            for key in (own.history, own.inbox, own.unread, own.outbox):
                pipe.llen(key)
            pipe.ttl(own.history)
            pipe.exists(own.consent)
            pipe.exists(own.lease)
            *sizes, forgotten_in_s, consented, in_work = pipe.execute()
            kept = sum(1 for _ in self.redis.scan_iter(own.every, count=1000))
        turns = self.conversation.read(user)
        return {
            "user": user,
            "keys": kept,
            **dict(zip(("turns", "waiting", "unread", "outbox"), sizes, strict=True)),
            "last_at": turns[-1].at if turns else None,
            "forgotten_in_s": max(0, int(forgotten_in_s)),
            "consented": bool(consented),
            "in_work": bool(in_work),
            "suspended_s": self.moderation.left_s(user),
            "votes": len(self.votes.entries(user)),
            "handover": held.state if (held := self.handovers.read(user)) else "",
            "feedback": sum(entry["user"] == user for entry in self.feedback.entries()),
            "questions": sum(entry["user"] == user for entry in self.questions.entries()),
            "dead": sum(entry["user"] == user for entry in self.dead_letters.entries()),
        }

    def erase(self, user: str) -> int:
        """Delete everything about a user, waiting work too; returns the number of keys."""
        own = UserKeys(user)
        with store_errors():
            gone = int(self._erase_inbox(inbox=own.inbox, queued=keys.QUEUED) > 0)
            found = list(self.redis.scan_iter(own.every, count=1000))
            if found:
                gone += int(self.redis.delete(*found))
            gone += int(self.redis.zrem(keys.ACTIVE, user)) + int(
                self.redis.zrem(keys.OUTBOX_DUE, user)
            )
            members = self.redis.zrange(keys.UNDELIVERED, 0, -1)
            mine = [m for m in members if m.startswith(user.encode() + b"|")]
            if mine:
                self.redis.zrem(keys.UNDELIVERED, *mine)
            gone += dequeue_user(self.redis, user) + self.handovers.forget(user)
            ensure_job(self.redis)
            self.redis.incr(keys.FORGOTTEN)
        for bounded in self._lists:
            gone += bounded.forget(user)
        return gone

    def find_users(self, beginning: str) -> list[str]:
        """Return the users of whom anything is kept and whose hashed id begins so.

        Logs show the first eight digits. Looks through all keys: for operators, not for requests.
        """
        found: set[str] = set()
        with store_errors():
            for key in self.redis.scan_iter(f"{keys.PREFIX}{{{beginning}*}}:*", count=1000):
                found.add(key.decode().split("{", 1)[1].split("}", 1)[0])
        return sorted(found)

    @property
    def _lists(self) -> tuple[Feedback | Votes | DeadLetters | BoundedList | OpenQuestions, ...]:
        return (
            self.feedback,
            self.votes,
            self.questions,
            self.dead_letters,
            self.audit,
            self.blocked,
        )

    def readings(self) -> Readings:
        """Return what all processes measured."""
        return read_readings(self.redis)

    def server(self) -> ServerFacts:
        """Return what the Redis server says of itself."""
        return read_server(self.redis)

    def sample(self) -> bool:
        """Write a row of the dashboard's charts when one is due."""
        return self.metrics_history.take(self._look)

    def _look(self) -> Sample:
        readings, counts = self.readings(), self.stats.snapshot()
        workers = self.models.workers()
        return Sample(
            at=self._clock.now(),
            waiting=int(counts["waiting"]),
            oldest_s=round(self.turns.oldest_s(), 2),
            in_flight=sum(worker.in_flight for worker in workers),
            workers=len(workers),
            turns=int(readings.count("turns")),
            late=int(readings.count("passive_missed")),
            errors=total_errors(readings),
            paths=[int(readings.count("replies", path)) for path in PATHS],
            reply=readings.times("webhook_seconds", "model").buckets,
        )

    def sweep(self) -> int:
        """Forget what was kept for the operator long enough; returns how many entries."""
        return sum(bounded.sweep() for bounded in self._lists)

    def verify_restored(self) -> None:
        """See that what is kept here is whole: no backup is being put in.

        Raises:
            StoreError: one is, or was when it was cut off.
            StoreUnavailable: Redis is away.
        """
        with store_errors():
            if not self.redis.exists(keys.RESTORING):
                return
        raise StoreError(
            "a backup is being restored into this Redis, or was when that was cut off: wait, or run"
            " `xinglin restore` again / 正在（或上次没有做完）恢复备份：请等它结束，或重新运行"
            " xinglin restore"
        )

    def verify_history_key(self) -> None:
        """See that the history key opens what is kept.

        Raises:
            HistoryKeyError: it does not; nothing was changed.
            StoreUnavailable: Redis is away.
        """
        self._encryption.verify(self.redis)
