"""One worker process: its engine, its turns in flight, and the threads that watch over them."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from workers.calling_person import PersonCaller
from workers.knowledge_holder import KnowledgeHolder
from workers.measuring import describe, measure
from workers.model_holder import LoadedModel
from workers.ranker_holder import RankerHolder
from workers.reload import ReloadWatcher, open_first
from workers.reply import Replier
from workers.runner import TurnRunner
from workers.sender import Sender
from workers.tracing import ReplyTrace, Tracer
from workers.voting import vote_on
from xinglin.account import AccountHolder
from xinglin.account.holder import LOOK_S
from xinglin.blocklist import BlockList
from xinglin.clock import SYSTEM, Clock
from xinglin.errors import PlatformError, StoreError, XinglinError
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.store.records import Claim, WorkerInfo
from xinglin.wechat.client import WechatClient

logger = logging.getLogger(__name__)
MAX_IN_FLIGHT = 64
KNOWLEDGE_S = 2.0
"""Seconds until a changed note is looked at."""


class Runtime:
    """Everything that lives as long as the worker process."""

    def __init__(self, settings: Settings, store: Store, name: str, clock: Clock = SYSTEM) -> None:
        """Open the model.

        Raises:
            SettingsError: the file of blocked words cannot be read, or there is no account.
            AccountError: the account's folder cannot be used, and no version was published.
            ModelLoadError: no model can be served.
        """
        self.account = AccountHolder(settings, store, "worker")
        settings = self.account.applied_to(settings)
        self._settings, self._store, self.name = settings, store, name
        self._started_at = clock.now()
        self._problem = ""
        self._described = ""
        self._forgotten = 0
        self._leaving = False
        self._words = BlockList(settings.blocked_words)
        self.holder = open_first(settings, store, name)
        self._tracer = Tracer(store, self.holder, name)
        # The echo backend repeats what it is told; nothing is looked up with it.
        self._knowledge = (
            None if settings.backend == "echo" else KnowledgeHolder(settings, self.account)
        )
        self._rankers = RankerHolder(store.rankers)
        with suppress(StoreError):
            self._rankers.look()
        self._person = PersonCaller(settings, store, self.account)
        self.runner = TurnRunner(
            store,
            Replier(
                settings,
                self.holder,
                self._blocked,
                self._observe,
                account=self.account,
                knowledge=self._knowledge,
                rankers=self._rankers,
                clock=clock,
                unanswered=self._person.unanswered,
            ),
            self.account,
            max_in_flight=max(MAX_IN_FLIGHT, settings.max_batch * settings.threads),
            lease_s=settings.lease_s,
        )
        self._stop = threading.Event()
        self._sender: Sender | None = None
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the watching threads."""
        store, settings = self._store, self._settings
        client = WechatClient(settings, store.tokens)
        sender = self._sender = Sender(settings, store, client, self.account)
        watcher = ReloadWatcher(settings, store, self.holder, self.name, self._heartbeat)
        self._every(settings.lease_s / 3, "renew", self.runner.renew)
        self._every(0.5, "stuck", self._leave_when_stuck)
        self._every(0.5, "reap", self._reap)
        self._every(0.5, "reload", watcher.run_once)
        self._every(0.5, "forget", self._forget)
        self._every(LOOK_S, "account", self.account.look)
        self._every(LOOK_S, "ranker", self._look_at_ranker)
        if self._knowledge is not None:
            self._every(KNOWLEDGE_S, "knowledge", self._knowledge.renew)
        self._every(1.0, "handovers", self._person.note_overdue)
        self._every(600.0, "sweep", self._store.sweep)
        self._every(2.0, "heartbeat", self._heartbeat)
        self._every(1.0, "sample", store.sample)
        self._every(60.0, "card", self._describe)
        if settings.can_send:
            self._every(0.1, "send", sender.begin)
            self._every(settings.lease_s / 3, "renew sends", sender.renew)
            self._every(60.0, "token", lambda: self._check_token(client))
        served = self.holder.current
        extra = {"model": served.model, "version": served.version, "backend": served.engine.backend}
        logger.info("worker_ready", extra=extra)

    def stop(self) -> None:
        """Finish the turns and sends under way, then end."""
        self.runner.drain()
        if self._sender is not None:
            self._sender.drain()
        self._stop.set()
        for thread in self._threads:
            thread.join(3)
        try:
            self._store.models.goodbye(self.name)
            self._store.accounts.goodbye(str(self._store.process))
        except StoreError:
            logger.warning("goodbye_failed")
        self._store.metrics.close()
        if not self.runner.stuck:  # else they would wait for what hangs
            self._tracer.close()
            self.holder.close()
            if self._knowledge is not None:
                self._knowledge.close()
        logger.info("worker_stopped")

    def _leave_when_stuck(self) -> None:
        """End the process as an operator would; a supervisor starts another."""
        if self.runner.stuck and not self._leaving:
            self._leaving = True
            os.kill(os.getpid(), signal.SIGTERM)

    def _observe(self, claim: Claim, served: LoadedModel, made: ReplyTrace) -> None:
        measure(self._store.metrics, made.told)
        self._offer_vote(claim, served, made)
        self._tracer.observe(claim, served, made)

    def _offer_vote(self, claim: Claim, served: LoadedModel, made: ReplyTrace) -> None:
        """Keep the drafts for a vote of a follower who agreed; without a setting nobody is asked.

        A reply is worth more than its vote: a Redis that fails here fails nothing.
        """
        if self._settings.consent == "off":
            return
        if (vote := vote_on(claim, served, made.told)) is not None:
            with suppress(StoreError):
                self._store.votes.offer(claim, vote, self._settings.history_ttl_s)

    def _look_at_ranker(self) -> None:
        """Take another ranker, and say so at once."""
        if self._rankers.look():
            self._heartbeat()

    def _describe(self) -> None:
        """Tell the dashboard what this worker serves."""
        served = self.holder.current
        self._described = f"{served.model}@{served.version}"
        self._store.models.describe(self._described, describe(served.engine.checkpoint))

    def _check_token(self, client: WechatClient) -> None:
        """Ask for a token (mostly the kept one), and tell the operator when it is refused."""
        try:
            client.check()
        except PlatformError as error:
            self._problem = f"no access token: {error}"
            raise
        self._problem = ""

    def _blocked(self, text: str, user: str) -> bool:
        word = self._words.find(text, "out") or self.account.current.blocked(text, "out")
        if word is None:
            return False
        logger.warning("blocked_out", extra={"user": user[:8], "word": word.name})
        self._store.metrics.count("blocked", "out")
        self._store.blocked.add(what="blocked_out", user=user, word=word.name)
        return True

    def _forget(self) -> None:
        """After a reset or an erasure, let the engine drop what it has kept of anybody."""
        forgotten = self._store.conversation.forgotten()
        if forgotten != self._forgotten:
            self._forgotten = forgotten
            self.holder.clear_prefix_cache()

    def _reap(self) -> None:
        late = self._store.turns.reap()
        if late:
            self._store.metrics.count("reaped", n=len(late))
            logger.warning("turns_reaped", extra={"users": len(late)})
        self._store.turns.ensure_job()  # where a job was lost that others relied on
        self._store.turns.reroute()

    def _heartbeat(self) -> None:
        served = self.holder.current
        if f"{served.model}@{served.version}" != self._described:
            self._describe()
        self._store.models.heartbeat(
            WorkerInfo(
                name=self.name,
                pid=os.getpid(),
                host=socket.gethostname(),
                backend=served.engine.backend,
                model=served.model,
                version=served.version,
                gen=served.gen,
                in_flight=self.runner.in_flight,
                started_at=self._started_at,
                problem="; ".join(filter(None, self._problems())),
                failing=self.runner.health.failing,
                ranker=self._rankers.number,
                notes=self._knowledge.count if self._knowledge is not None else 0,
            )
        )
        self.runner.shares = len(self._store.models.workers()) > 1

    def _problems(self) -> tuple[str, ...]:
        known = self._knowledge.problem if self._knowledge is not None else ""
        return self._problem, self.runner.health.problem, known, self._rankers.problem

    def _every(self, seconds: float, name: str, work: Callable[[], object]) -> None:
        thread = threading.Thread(
            target=self._loop, args=(seconds, name, work), name=name, daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _loop(self, seconds: float, name: str, work: Callable[[], object]) -> None:
        failing = False
        while True:
            try:
                work()
                failing = False
            except XinglinError as error:
                if not failing:  # one line a failure, not one a try
                    logger.warning("watch_failed", extra={"watch": name, "error": str(error)})
                failing = True
            except Exception:
                logger.exception("watch_broke", extra={"watch": name})
            if self._stop.wait(seconds):
                return
