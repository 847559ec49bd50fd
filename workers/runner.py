"""Many turns in flight in one process: lease, answer, commit."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from inference.errors import EngineError, PromptError, ResultTimeout
from workers.health import EngineHealth
from workers.reply import Replier
from xinglin.account import AccountHolder
from xinglin.clock import SYSTEM, Clock
from xinglin.errors import (
    HistoryKeyError,
    StaleLease,
    StoreError,
    StoreUnavailable,
    UnreadableRecord,
)
from xinglin.store import Reply, Store
from xinglin.store.records import Claim, Turn
from xinglin.store.turns.turns import MAX_ATTEMPTS
from xinglin.store.users.open_questions import OPEN

logger = logging.getLogger(__name__)
# Longer than a turn may take (`workers/reply.py`): who is not done by then never will be.
TURN_LIMIT_S = 60.0
# Length of one draining of the ready queue, and of the wait for the next user.
DRAIN_S, LINGER_S = 1.0, 0.1
# Wait for a Redis that is away; RQ's steps after the job would end the process.
_PATIENCE_S, _POLL_S = 20.0, 0.2
# Back-off per turn in flight before this worker polls again, so that idle workers pick up users
# first.
YIELD_S, LONGEST_YIELD_S = 0.015, 0.06
# Back-off of a worker whose engine fails, and of a turn after each attempt.
FAILING_YIELD_S, AGAIN_S = 0.5, 1.0


class _TryAgain(Exception):
    """The engine failed; the message is not to blame, and another try may do."""


class TurnRunner:
    """Processes users of the ready queue, each at most once at a time."""

    def __init__(
        self,
        store: Store,
        replier: Replier,
        account: AccountHolder,
        *,
        max_in_flight: int,
        lease_s: float,
        drain_s: float = DRAIN_S,
        linger_s: float = LINGER_S,
        clock: Clock = SYSTEM,
    ) -> None:
        """Prepare.

        Args:
            store: the store.
            replier: makes the replies.
            account: has the texts.
            max_in_flight: turns in flight at most; more wait in memory, and in the store.
            lease_s: of a turn.
            drain_s: length of one draining of the ready queue.
            linger_s: wait for the next user, once the queue is empty.
            clock: for deadlines and pauses.
        """
        self._store, self._replier, self._lease_s = store, replier, lease_s
        self._account = account
        self._max_in_flight = max_in_flight
        self._drain_s, self._linger_s, self._clock = drain_s, linger_s, clock
        self._pool = ThreadPoolExecutor(max_in_flight, thread_name_prefix="turn")
        self._lock = threading.Lock()
        self._left = threading.Condition(self._lock)
        self._users: set[str] = set()
        self._again: set[str] = set()
        self._claims: dict[str, Claim] = {}
        self._began: dict[str, float] = {}
        self._committing: set[str] = set()
        self._stuck = False
        self.health = EngineHealth()
        self._stopping = threading.Event()
        # Whether other workers are alive; the heartbeat says so.
        self.shares = False

    @property
    def in_flight(self) -> int:
        """Turns under way."""
        return len(self._claims)

    @property
    def stuck(self) -> bool:
        """Whether a turn hangs for ever: nothing but the end of the process frees its thread."""
        return self._stuck

    def admit(self, user: str) -> bool:
        """Look at a user soon; returns at once, False when no more turns begin here."""
        with self._lock:
            if self._stopping.is_set():
                return False
            if user in self._users:
                self._again.add(user)
                return True
            self._users.add(user)
        try:
            self._pool.submit(self._process_user, user)
        except (RuntimeError, MemoryError) as error:  # no memory for another thread
            self.health.failed(error)
            with self._lock:
                self._users.discard(user)
            return False
        return True

    def drain_ready(self) -> None:
        """Look at all who wait to be looked at, until nobody comes for a while.

        Ends after `drain_s` in any case, since the job that called may not last, and leaves who is
        still there to the next worker. Where there are others, the one with more under way comes
        later, and one that is idle at once: so they share the work. While Redis is away it waits;
        who was taken off the list just then is found by the reaper.
        """
        try:
            self._drain_ready()
        except StoreUnavailable:
            logger.warning("store_unavailable")
            deadline = self._clock.monotonic() + _PATIENCE_S
            while not self._stopping.wait(_POLL_S) and self._clock.monotonic() < deadline:
                with suppress(StoreUnavailable):
                    self._store.ping()
                    return

    def _drain_ready(self) -> None:
        until = self._clock.monotonic() + self._drain_s
        while not self._stopping.is_set() and (left_s := until - self._clock.monotonic()) > 0:
            with self._left:
                if not self._left.wait_for(lambda: len(self._users) < self._max_in_flight, left_s):
                    break
                under_way = len(self._users)
            if self.shares and self.health.failing:
                self._clock.sleep(min(FAILING_YIELD_S, left_s))
            elif self.shares and under_way:
                self._clock.sleep(min(YIELD_S * under_way, LONGEST_YIELD_S, left_s))
            most = 1 if self.shares and not under_way else self._max_in_flight - under_way
            # Redis would take 0 for ever.
            users = self._store.turns.ready(most, max(0.01, min(self._linger_s, left_s)))
            if not users:
                return
            for user in users:
                if not self.admit(user):
                    self._store.turns.enqueue_user(user)
        self._store.turns.ensure_job()

    def renew(self) -> None:
        """Make the leases of all turns under way last; called every third of a lease.

        A turn that hangs is let go, so that another process may try it, up to `MAX_ATTEMPTS` of
        them; this one is stuck then.
        """
        latest = self._clock.monotonic() - TURN_LIMIT_S
        for claim in list(self._claims.values()):
            if self._began.get(claim.token, latest) < latest:
                self._give_up(claim)
                continue
            if not self._store.turns.renew(claim) and self._let_go(claim):
                logger.warning("lease_lost", extra={"user": claim.user[:8]})
                self._store.metrics.count("lease_lost")

    def _let_go(self, claim: Claim) -> bool:
        """Forget a claim; False when its turn has ended, or just ends, by itself.

        By now the user may have another claim, which is none of this one's business.
        """
        with self._lock:
            if claim.token in self._committing or self._claims.get(claim.user) is not claim:
                return False
            del self._claims[claim.user]
            return True

    def _give_up(self, claim: Claim) -> None:
        logger.error("turn_stuck", extra={"user": claim.user[:8], "turn": claim.message_id[-6:]})
        self._let_go(claim)
        self._stuck = True
        self._stopping.set()
        self._store.metrics.count("turns_stuck")

    def drain(self, timeout_s: float = 25.0) -> None:
        """Begin no more turns, and wait for those under way."""
        self._stopping.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
        deadline = self._clock.monotonic() + timeout_s
        while self._claims and self._clock.monotonic() < deadline:
            self._clock.sleep(0.02)

    def _process_user(self, user: str) -> None:
        try:
            more = not self._stopping.is_set() and self._one_turn(user)
            while more and not self._stopping.is_set():
                more = self._one_turn(user)
            if more:
                self._store.turns.enqueue_user(user)
        except StoreUnavailable:
            logger.warning("store_unavailable", extra={"user": user[:8]})
        except UnreadableRecord as error:  # its lease runs out, and somebody else may try it
            logger.error("message_unreadable", extra={"user": user[:8], "error": str(error)})
        except MemoryError as error:
            self.health.failed(error)
            logger.error("turn_failed", extra={"user": user[:8], "error": "MemoryError"})
        except Exception:
            logger.exception("turn_failed", extra={"user": user[:8]})
        finally:
            with self._lock:
                self._users.discard(user)
                again = user in self._again
                self._again.discard(user)
                self._left.notify_all()
            if again:
                self.admit(user)

    def _one_turn(self, user: str) -> bool:
        """Answer the user's next message; return whether there is another."""
        claim = self._store.turns.take(user)
        if claim is None:
            return False
        self._began[claim.token] = self._clock.monotonic()
        self._claims[user] = claim
        self._store.metrics.observe("turn_seconds", claim.waited_s, "queue")
        try:
            reply, turn = self._make(claim)
            with self._lock:
                self._committing.add(claim.token)
            more = self._commit(claim, reply, turn)
            self._settle(claim, turn)
            return more
        except ResultTimeout:  # the engine did not keep its own deadline
            self._give_up(claim)
            return False
        except _TryAgain:
            self._store.turns.release(claim, AGAIN_S * claim.attempt)
            return False
        except StaleLease:
            logger.warning("commit_refused", extra={"user": user[:8]})
            self._store.metrics.count("fenced")
            return False
        finally:
            with self._lock:
                if self._claims.get(user) is claim:
                    del self._claims[user]
                self._committing.discard(claim.token)
            self._began.pop(claim.token, None)

    def _make(self, claim: Claim) -> tuple[Reply, Turn | None]:
        if claim.unreadable:
            return self._put_aside(claim), None
        if claim.attempt > MAX_ATTEMPTS:
            logger.error("message_poisonous", extra={"user": claim.user[:8]})
            self._store.dead_letters.add(claim)
            self._store.metrics.count("poison")
            return self._apology(claim), None
        history = self._history(claim)
        try:
            made = self._replier.answer(claim, history)
        except ResultTimeout:
            raise
        except (EngineError, ValueError, MemoryError) as error:
            extra = {"user": claim.user[:8], "error": type(error).__name__}
            logger.exception("generation_failed", extra=extra)
            self._store.metrics.count("generation_failed")
            if isinstance(error, ValueError | PromptError):  # of this message
                return self._apology(claim), None
            return self._failed(claim, error), None
        self.health.succeeded()
        return made

    def _failed(self, claim: Claim, error: BaseException) -> Reply:
        """Return what to say after the last try; until then the message is tried again."""
        self.health.failed(error)
        if claim.attempt < MAX_ATTEMPTS:
            raise _TryAgain from error
        return Reply(self._account.current.texts.busy, False, "", claim.message_id, claim.openid)

    def _put_aside(self, claim: Claim) -> Reply:
        """Give a message up that cannot be read, after its last try."""
        if claim.attempt < MAX_ATTEMPTS:
            raise UnreadableRecord(claim.unreadable)
        self._store.dead_letters.add(claim)
        self._store.metrics.count("records_unreadable")
        return self._apology(claim)

    def _history(self, claim: Claim) -> list[Turn]:
        try:
            return self._store.conversation.open(claim.user, claim.history_rows)
        except HistoryKeyError as error:  # an answer without memory is better than none
            logger.error("history_unreadable", extra={"user": claim.user[:8], "error": str(error)})
            self._store.metrics.count("history_unreadable")
            return []

    def _settle(self, claim: Claim, turn: Turn | None) -> None:
        """Take the question before off the owner's list where this turn answered it after all."""
        if turn is None or turn.by in OPEN:
            return
        with suppress(StoreError):  # the turn is committed; the owner sees one question too many
            for last in self._store.conversation.open(claim.user, claim.history_rows[-1:]):
                if last.by == "offered":
                    self._store.questions.settle(claim.user, last.at)

    def _apology(self, claim: Claim) -> Reply:
        text = self._account.current.texts.failed
        return Reply(text, False, "", claim.message_id, claim.openid)

    def _commit(self, claim: Claim, reply: Reply, turn: Turn | None) -> bool:
        """Commit; while Redis is away try again, since a made reply is worth keeping.

        Returns:
            Whether the user has another message.
        """
        deadline = self._clock.monotonic() + 5 * self._lease_s
        while True:
            try:
                return self._store.turns.commit(claim, reply, turn)
            except StoreUnavailable:
                if self._clock.monotonic() > deadline:
                    raise
                self._clock.sleep(0.2)
            except StaleLease:
                raise
            except StoreError:
                logger.exception("commit_failed", extra={"user": claim.user[:8]})
                raise
