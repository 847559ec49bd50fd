"""The names of everything kept in Redis."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

PREFIX = "xl:"
ACTIVE = "xl:active"  # zset user -> deadline ms; who has work, and when to look after them
READY = "xl:ready"  # list of users that a worker is to look at, the longest waiting first
QUEUED = "xl:queued"  # count of unanswered messages in all
UNDELIVERED = "xl:undelivered"  # zset "user|message id" -> ms until its waiter must have taken it
OUTBOX_DUE = "xl:outbox"  # zset user -> ms of the next try
SEND_REFUSED = "xl:send:refused"  # hash says, count: of what the platform refused lately
DEAD = "xl:dead"  # capped list of poison messages
COUNTERS = "xl:counters"  # hash name -> count
METRICS = "xl:metrics"  # hash metric|labels -> sum; what may lose a second when a process is killed
SAMPLES = "xl:samples"  # capped list, a row each five seconds, for the dashboard's charts
SAMPLING = "xl:sampling"  # set while the newest row is young
PAUSED = "xl:paused"  # set while the operator takes no questions
ID_KEY = "xl:id_key"
ID_MARKS = "xl:id_marks"  # hash mark of an id key -> when a process last began with it
MODEL_WANT = "xl:model:want"  # hash gen, name
MODEL_PAST = "xl:model:past"  # capped list of names that all workers took, newest first
WORKERS = "xl:workers"  # hash worker -> JSON; stale ones are left out when read
FORGOTTEN = "xl:forgotten"  # count of resets and erasures, for what workers keep in memory
FEEDBACK = "xl:feedback"  # capped list
VOTES = "xl:votes"  # capped list of votes with what they are about, sealed
RANKER = "xl:ranker"  # number of the version in force
RANKER_VERSIONS = "xl:ranker:versions"  # capped list, newest first
QUESTIONS = "xl:questions"  # capped list of what nothing answered, for the owner's desk
AUDIT = "xl:audit"  # capped list of what operators did; no texts
BLOCKED = "xl:blocked"  # capped list of what word lists stopped, by follower; no texts
RESTORING = "xl:restoring"  # set while a backup is being put in; nobody serves meanwhile
HISTORY_KEY = "xl:history_key"  # a word sealed with the key in use, to tell a wrong one
ACCOUNT_RATE = "xl:rate"  # hash: questions of all followers in this window and the one before
ACCOUNT = "xl:account"  # hash number, hash, last: the version of the account that is in force
ACCOUNT_VERSIONS = "xl:account:versions"  # capped list of who published what, newest first
ACCOUNT_PROCESSES = "xl:account:processes"  # hash process -> time and JSON of what it serves
HANDOVERS = "xl:handovers"  # zset user -> ms when a hand-over changes by itself
HANDOVERS_WAITING = "xl:handovers:waiting"  # zset user -> ms since when a person is waited for
TOKEN = "xl:token"
TOKEN_LOCK = "xl:token:lock"


def _key(name: str) -> property:
    return property(lambda own: own.of(name))


@dataclass(frozen=True, slots=True)
class UserKeys:
    """The keys of one user; `every` finds them all, also those per message."""

    user: str

    def of(self, name: str) -> str:
        """Return one key."""
        return f"xl:{{{self.user}}}:{name}"

    inbox = _key("inbox")  # list of JSON, the oldest message first
    lease = _key("lease")  # token of the turn that a worker works on
    attempts = _key("attempts")  # hash message id -> tries
    history = _key("hist")  # list of JSON, the oldest turn first
    handed = _key("handed")  # list of message ids: replies that a request is to show
    shown = _key("shown")  # the last one that was, and when, for a second
    unread = _key("unread")  # list of message ids: replies that wait for a tap
    untold = _key("untold")  # set while the follower is to be told of these
    outbox = _key("outbox")  # list of JSON, the next one to send first
    sendlock = _key("sendlock")  # token of the send under way
    sending = _key("sending")  # message id of a send that began
    rate = _key("rate")  # hash: questions in this window and the one before
    last = _key("last")  # message id of the reply that a vote is about
    drafts = _key("drafts")  # of the last reply, for its vote; sealed
    page = _key("page")  # JSON: the rest of a long reply
    consent = _key("consent")  # set while the follower agrees
    body_facts = _key("said")  # encrypted names of facts
    handover = _key("handover")  # hash: state, since, until, reason, openid of a hand-over
    handover_said = _key("handover:said")  # list of JSON: what both wrote since, with consent
    replies = _key("reply:")  # what the keys of replies begin with

    def seen(self, message_id: str) -> str:
        """Return the mark of a message that was taken in: pending or done."""
        return self.of(f"seen:{message_id}")

    def waiter(self, message_id: str) -> str:
        """Return the key of the web process that waits for a message's reply."""
        return self.of(f"wait:{message_id}")

    def reply(self, message_id: str) -> str:
        """Return the key of a message's reply."""
        return self.of(f"reply:{message_id}")

    def once(self, message_id: str) -> str:
        """Return the key of the answer that a command, or a tap, was given."""
        return self.of(f"once:{message_id}")

    def paged(self, message_id: str) -> str:
        """Return the mark of a message whose reply was cut into pages."""
        return self.of(f"paged:{message_id}")

    def trace(self, message_id: str) -> str:
        """Return the key of the story of a reply."""
        return self.of(f"trace:{message_id}")

    def tries(self, message_id: str) -> str:
        """Return the list of what was done about each try of a push."""
        return self.of(f"tries:{message_id}")

    def handed_over(self, message_id: str) -> str:
        """Return the mark of what a message did to a hand-over."""
        return self.of(f"handover:{message_id}")

    def dead(self, message_id: str) -> str:
        """Return the key of a message that was given up."""
        return self.of(f"dead:{message_id}")

    @property
    def every(self) -> str:
        """Return the pattern that matches all keys of the user."""
        return f"xl:{{{self.user}}}:*"


def signature(digest: str) -> str:
    """Return the mark that ties one signature to the message it came with."""
    return f"xl:signature:{digest}"


def session(digest: str) -> str:
    """Return the key of one browser that is signed in at the dashboard."""
    return f"xl:session:{digest}"


def model_card(version: str) -> str:
    """Return the key of what workers say about a model that they serve."""
    return f"xl:model:card:{hashlib.sha256(version.encode()).hexdigest()[:16]}"


def account_texts(digest: str) -> str:
    """Return the key of the packed texts of an account, by the hash of all its files."""
    return f"xl:account:texts:{digest}"


def account_notes(digest: str) -> str:
    """Return the key of packed notes, by their own hash."""
    return f"xl:account:notes:{digest}"


def leaving(worker: str) -> str:
    """Return the mark of a worker that was asked to leave."""
    return f"xl:leaving:{worker}"


def alias(user: str) -> str:
    """Return another hash of a user, for the little that must outlive the erasing of all else.

    It leads to no other key: who may ask how often, and who is suspended, is no content.
    """
    return hashlib.sha256(b"alias:" + user.encode()).hexdigest()[:24]


def member(user: str, message_id: str) -> str:
    """Return what wakes the request that waits for a message's reply."""
    return f"{alias(user)}|{message_id}"


def erased(user: str, message_id: str) -> str:
    """Return the mark of a message that had all about a user erased; it says neither."""
    return "xl:erased:" + hashlib.sha256(f"{alias(user)}|{message_id}".encode()).hexdigest()[:24]


def suspended(user: str) -> str:
    """Return the mark of a suspended user."""
    return f"xl:suspended:{alias(user)}"


def wake(process: str) -> str:
    """Return the list that wakes the waiting requests of one web process."""
    return f"xl:wake:{process}"


def acks(gen: int) -> str:
    """Return the hash of what workers said about one announced model."""
    return f"xl:model:acks:{gen}"
