"""Votes with what they are about: question, evidence, the drafts, and which of them was shown.

Kept of followers who agreed and of no other; sealed, forgotten in time, erased with the follower.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from xinglin.errors import HistoryKeyError, UnboundError, UnreadableRecord
from xinglin.store import keys
from xinglin.store.bounded_list import BoundedList
from xinglin.store.connection import Client, store_errors
from xinglin.store.encryption import Encryption, place
from xinglin.store.keys import UserKeys
from xinglin.store.records import Claim, dump, read_record
from xinglin.store.script import Script

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """One draft of a reply.

    Attributes:
        text: what may be shown of it; "" where nothing may.
        bits: surprise of the model, in bits a character.
        coverage: share that stands in the evidence.
        fault: why it may not be shown, or not all of it; "mended" for slips; "" for none.
    """

    text: str = field(repr=False)
    bits: float
    coverage: float
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """A reply with what a follower thinks of it.

    Attributes:
        message_id: of the question.
        question: in its normal form.
        evidence: ids of the pieces that the drafts were written from.
        drafts: all of them.
        chosen: number of the one that was shown.
        model: that wrote them.
        ranker: version that chose; 0 for the rule.
        user: hashed id of the follower.
        value: 1 for 赞, -1 for 踩; 0 before the vote.
        at: of the vote, Unix seconds.
    """

    message_id: str
    question: str = field(repr=False)
    evidence: list[str]
    drafts: list[KeptDraft]
    chosen: int
    model: str
    ranker: int = 0
    user: str = ""
    value: int = 0
    at: float = 0.0

    @property
    def shown(self) -> KeptDraft:
        """The draft that the follower read."""
        return self.drafts[self.chosen]


class Votes:
    """At most 1,000 votes, 20 of one follower; the newest."""

    def __init__(self, redis: Client, encryption: Encryption, keep_s: int) -> None:
        self._redis, self._encryption = redis, encryption
        self._offer = Script(redis, Path(__file__).with_name("keep_drafts.lua"))
        self._list = BoundedList(redis, keys.VOTES, keep_s)
        self.sweep = self._list.sweep

    def offer(self, claim: Claim, vote: Vote, keep_s: int) -> bool:
        """Keep the drafts of a reply that is about to be shown; False without consent."""
        own = UserKeys(claim.user)
        with store_errors():
            kept = self._offer(
                consent=own.consent,
                lease=own.lease,
                drafts=own.drafts,
                token=claim.token,
                record=self._encryption.encrypt(dump(vote), place("drafts", claim.user)),
                keep_s=keep_s,
            )
        return bool(kept)

    def keep(self, user: str, message_id: str, value: int) -> bool:
        """Keep a vote on a reply; False where its drafts are not kept, or consent was withdrawn."""
        own = UserKeys(user)
        with store_errors():
            raw = self._redis.getdel(own.drafts)
            if not raw or not self._redis.exists(own.consent):
                return False
        vote = self._read(raw.decode("utf-8", "replace"), user)
        if vote is None or vote.message_id != message_id:
            return False
        text = self._encryption.encrypt(dump(replace(vote, value=value)), place("vote", user))
        self._list.add(user=user, vote=text)
        return True

    def entries(self, only: str = "") -> list[Vote]:
        """Return the votes, or those of one follower, newest first, as far as they can be read."""
        found = []
        for entry in self._list.entries():
            user = entry["user"]
            if only not in ("", user):
                continue
            vote = self._read(str(entry.get("vote", "")), user, "vote")
            if vote is not None:
                found.append(replace(vote, user=user, at=entry["at"]))
        return found

    def forget(self, user: str) -> int:
        """Remove a follower's votes, and the drafts that wait for one; returns how many."""
        with store_errors():
            self._redis.delete(UserKeys(user).drafts)
        return self._list.forget(user)

    def _read(self, kept: str, user: str, kind: str = "drafts") -> Vote | None:
        try:
            vote = read_record(Vote, self._encryption.decrypt(kept, place(kind, user)))
            drafts = [read_record(KeptDraft, json.dumps(one)) for one in _objects(vote.drafts)]
        except (UnboundError, UnreadableRecord):
            logger.warning("vote_unreadable", extra={"user": user[:8]})
            return None
        except HistoryKeyError:  # a lost key loses votes, and no more
            return None
        return replace(vote, drafts=drafts) if 0 <= vote.chosen < len(drafts) else None


def _objects(found: list[Any]) -> list[Any]:
    return [one for one in found if isinstance(one, dict)]
