"""Customer-service messages: order, label, retries, and sends that were cut off."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.shipped import AI_LABEL, SERVING
from workers.sender import MAX_ATTEMPTS, Sender
from xinglin.errors import PlatformBusy, PlatformRefused
from xinglin.settings import Settings
from xinglin.store import Reply, Store
from xinglin.store.keys import UserKeys

pytestmark = pytest.mark.redis


@pytest.fixture
def sending(settings: Settings) -> Settings:
    return replace(settings, wechat_account="service", wechat_app_id="a", wechat_app_secret="s")


class ScriptedClient:
    """A platform client that raises what the script says, and remembers what was sent."""

    def __init__(self, *script: Exception | None) -> None:
        self.script = list(script)
        self.sent: list[tuple[str, str]] = []

    def send_text(self, openid: str, text: str, *, generated: bool) -> None:
        error = self.script.pop(0) if self.script else None
        if error is not None:
            raise error
        self.sent.append((openid, text))


class HangingClient:
    """Hangs with the first follower's message until told to go on."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.sent_other, self.go_on = threading.Event(), threading.Event()

    def send_text(self, openid: str, text: str, *, generated: bool) -> None:
        if openid == "o1":
            assert self.go_on.wait(10)
        self.sent.append(openid)
        if openid != "o1":
            self.sent_other.set()


def post(store: Store, openid: str, message_id: str, text: str) -> str:
    """Put a reply into the outbox, the way a turn does."""
    user = store.user_key(openid)
    store.inbox.accept(user, openid, message_id, "问", wait_s=0)
    claim = store.turns.take(user)
    assert claim is not None
    store.turns.commit(claim, Reply(text, True, "m", message_id, openid), None)
    return user


def make_due(store: Store, user: str) -> None:
    store.redis.zadd("xl:outbox", {user: 1})


def test_messages_leave_in_order_with_the_label(
    sending: Settings, open_store: Callable[..., Store]
) -> None:
    store, client = open_store(sending), ScriptedClient()
    for number in range(3):
        post(store, "o1", f"m{number}", f"答{number}")
    sender = Sender(sending, store, client, SERVING)

    for _ in range(4):
        sender.run_once()

    assert client.sent == [("o1", f"答{n}\n{AI_LABEL}") for n in range(3)]


def test_a_busy_platform_is_tried_again_and_the_order_holds(
    sending: Settings, open_store: Callable[..., Store]
) -> None:
    store, client = open_store(sending), ScriptedClient(PlatformBusy("no", -1))
    user = post(store, "o1", "m0", "答0")
    post(store, "o1", "m1", "答1")
    sender = Sender(sending, store, client, SERVING)

    sender.run_once()
    assert client.sent == []
    for _ in range(2):
        make_due(store, user)
        sender.run_once()

    assert [text.split("\n")[0] for _, text in client.sent] == ["答0", "答1"]


def test_a_refused_or_hopeless_message_is_dropped_and_counted(
    sending: Settings, open_store: Callable[..., Store]
) -> None:
    store = open_store(sending)
    busy = [PlatformBusy("no", -1)] * MAX_ATTEMPTS
    client = ScriptedClient(PlatformRefused("no", 45015), *busy)
    user = post(store, "o1", "m0", "答0")
    post(store, "o1", "m1", "答1")
    post(store, "o1", "m2", "答2")
    sender = Sender(sending, store, client, SERVING)

    for _ in range(MAX_ATTEMPTS + 2):
        make_due(store, user)
        sender.run_once()

    assert [text.split("\n")[0] for _, text in client.sent] == ["答2"]
    counts = store.stats.snapshot()
    assert (counts["send_refused_45015"], counts["send_refused_-1"]) == (1, 1)


@pytest.mark.parametrize(("policy", "copies"), [("skip", 0), ("resend", 1)])
def test_a_send_that_was_cut_off_follows_the_policy(
    sending: Settings, open_store: Callable[..., Store], policy: str, copies: int
) -> None:
    chosen = Settings.from_env({"XINGLIN_AMBIGUOUS": policy})
    settings = replace(sending, ambiguous=chosen.ambiguous)
    store, client = open_store(settings), ScriptedClient()
    user = post(store, "o1", "m0", "答0")
    store.outbox.claim(user)  # as a sender that is killed while it sends
    store.redis.delete(UserKeys(user).of("sendlock"))

    Sender(settings, store, client, SERVING).run_once()

    assert len(client.sent) == copies
    assert store.stats.snapshot()[f"ambiguous_sends_{policy}"] == 1


def test_a_call_that_hangs_holds_up_one_follower_only(
    sending: Settings, open_store: Callable[..., Store]
) -> None:
    store, client = open_store(sending), HangingClient()
    post(store, "o1", "m0", "挂住")
    post(store, "o2", "m0", "答")
    sender = Sender(sending, store, client, SERVING)

    begun = sender.begin()
    client.sent_other.wait(5)

    assert client.sent == ["o2"]
    assert sender.begin() == []  # the one under way is not begun again
    client.go_on.set()
    for send in begun:
        send.result(5)
    sender.drain()
    assert sorted(client.sent) == ["o1", "o2"]
