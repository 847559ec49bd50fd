"""The parts of a worker: model slot, sender, poison."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from inference.sampling import SamplingConfig
from tests import shipped as texts
from tests.shipped import AI_LABEL, SERVING, TCM
from workers import drafting
from workers.model_holder import ModelHolder, open_engine
from workers.reload import ReloadWatcher, open_first
from workers.reply import Replier
from workers.runner import TurnRunner
from workers.runtime import Runtime
from workers.sender import MAX_ATTEMPTS, Sender
from workers.tracing import Tracer
from xinglin.errors import ModelLoadError, PlatformBusy, PlatformRefused
from xinglin.settings import Settings
from xinglin.store import Reply, Store
from xinglin.store.keys import UserKeys
from xinglin.store.records import Claim

MODELS = Path(__file__).resolve().parents[2] / "models"
pytestmark = pytest.mark.redis


@pytest.fixture
def echo(settings: Settings) -> Settings:
    return replace(settings, backend="echo")


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


def test_parcels_leave_in_order_with_the_label(
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


def test_a_refused_or_hopeless_parcel_is_dropped_and_counted(
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


def test_turns_under_way_keep_their_model_until_they_end(echo: Settings) -> None:
    old = open_engine(echo, "old", announced=True)
    holder = ModelHolder(old, "old", 1)

    with holder.use() as served:
        holder.swap(open_engine(echo, "new", announced=True), "new", 2)
        assert holder.current.model == "new"
        assert served.engine is old
        assert old.submit(b"a").result(5).finish == "end"

    with pytest.raises(Exception, match="closed"):
        old.submit(b"a")
    holder.close()


@pytest.mark.parametrize("name", ["../tcm", "/etc", "a/b", "", ".", "..", "a..b/c", "模型"])
def test_an_announced_model_is_a_plain_name(settings: Settings, name: str) -> None:
    with pytest.raises(ModelLoadError, match="not the name"):
        open_engine(settings, name, announced=True)


def test_a_broken_model_leaves_the_old_one_and_says_why(
    settings: Settings, echo: Settings, store: Store, tmp_path: Path
) -> None:
    holder = open_first(echo, store, "w1")
    broken = replace(settings, backend="reference", models=tmp_path)
    watcher = ReloadWatcher(broken, store, holder, "w1", heartbeat=lambda: None)
    gen = store.models.announce("nothing")

    watcher.run_once()
    watcher.run_once()

    (ack,) = store.models.acks(gen)
    assert (ack.state, holder.current.model) == ("failed", "tcm")
    assert "nothing" in ack.error
    holder.close()


def test_a_worker_says_what_it_serves_before_it_acknowledges_a_model(
    echo: Settings, store: Store
) -> None:
    holder = open_first(echo, store, "w1")
    acknowledged: list[tuple[str, int]] = []
    gen = store.models.announce("second")
    watcher = ReloadWatcher(
        echo,
        store,
        holder,
        "w1",
        heartbeat=lambda: acknowledged.append((holder.current.model, len(store.models.acks(gen)))),
    )

    watcher.run_once()

    assert acknowledged == [("second", 0)]
    assert [ack.state for ack in store.models.acks(gen)] == ["ok"]
    holder.close()


def test_a_message_that_crashed_three_workers_is_set_aside_and_the_next_goes_on(
    echo: Settings, open_store: Callable[..., Store]
) -> None:
    store = open_store(replace(echo, lease_s=30.0))
    user = store.user_key("o1")
    for number in range(2):
        store.inbox.accept(user, "o1", f"m{number}", f"第{number}个问题", wait_s=0)
    for _ in range(3):
        store.turns.take(user)
        store.redis.delete(UserKeys(user).of("lease"))
    holder = open_first(echo, store, "w1")
    runner = TurnRunner(
        store, Replier(echo, holder, account=SERVING), SERVING, max_in_flight=2, lease_s=30.0
    )

    runner.admit(user)
    first = store.handoff.wait(user, "m0", 30)
    second = store.handoff.wait(user, "m1", 30)

    assert first is not None
    assert second is not None
    assert (first.text, second.text) == (texts.POISON, "第1个问题")
    assert store.stats.snapshot()["dead"] == 1
    runner.drain()
    holder.close()


def test_a_reply_is_the_same_whenever_the_same_message_is_answered(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting, "GENERATION_LIMIT_S", 250.0)  # a text that was cut is another
    real = replace(settings, backend="reference", models=MODELS, reply_max_bytes=64)
    holder = open_first(real, store, "w1")
    replier = Replier(real, holder, account=SERVING)
    claim = Claim("u" * 24, "t", "m1", "o1", "你是谁？", 1)

    first, turn = replier.answer(claim, [])
    again, _ = replier.answer(replace(claim, token="other"), [])

    assert first == again
    assert turn is not None
    assert first.generated
    holder.close()


def test_a_poison_in_a_reply_is_called_one_and_the_warning_is_not_remembered(
    echo: Settings, store: Store
) -> None:
    holder = open_first(echo, store, "w1")
    claim = Claim("u" * 24, "t", "m1", "o1", "古方里的水银和甘草", 1)

    reply, turn = Replier(echo, holder, account=SERVING).answer(claim, [])

    assert reply.text == "古方里的水银和甘草\n（水银有毒，切勿自行使用。）"
    assert turn is not None
    assert turn.assistant == "古方里的水银和甘草"
    holder.close()


def test_after_a_reset_the_engine_keeps_nothing_of_past_turns(
    settings: Settings, store: Store
) -> None:
    runtime = Runtime(replace(settings, backend="cpu", models=MODELS), store, "w1")
    runtime.start()
    engine = runtime.holder.current.engine
    try:
        for forget in (
            lambda: store.conversation.reset("u" * 24),
            lambda: store.erase("u" * 24),
            lambda: store.conversation.consent("u" * 24, agreed=False),
        ):
            prompt = "\x02黄芪有什么功效？\x03".encode("gb18030")
            engine.submit(prompt, SamplingConfig(max_bytes=20)).result(30)
            wait_for(lambda: engine.stats().kept == 1)
            forget()
            wait_for(lambda: engine.stats().kept == 0)
    finally:
        runtime.stop()


def wait_for(what: Callable[[], bool]) -> None:
    for _ in range(500):
        if what():
            return
        time.sleep(0.02)
    raise AssertionError("it never came true")


@pytest.mark.parametrize("openid", ["oConsole12345678", "oRealFollower"])
def test_replies_to_the_console_leave_their_story_and_no_others_do(
    settings: Settings, store: Store, openid: str
) -> None:
    real = replace(settings, backend="cpu", models=MODELS, drafts=3)
    holder = open_first(real, store, "w1")
    tracer = Tracer(store, holder)
    claim = Claim(store.user_key(openid), "t", "77", openid, "黄芪有什么功效？", 1)

    reply, _ = Replier(real, holder, observe=tracer.observe, account=SERVING).answer(claim, [])
    tracer.close()

    raw = store.traces.read(claim.user, "77")
    if openid == "oRealFollower":
        assert raw is None
        return
    assert raw is not None
    story = json.loads(raw)
    shown = story["drafts"][story["chosen"]]["shown"]
    assert reply.text.startswith(shown)
    assert len(story["drafts"]) == 3
    told = "".join(one["text"] for one in story["characters"]).removesuffix("■")
    assert told == story["drafts"][story["chosen"]]["text"]
    assert store.redis.ttl(UserKeys(claim.user).of("trace:77")) > 0
    store.erase(claim.user)
    assert store.traces.read(claim.user, "77") is None
    holder.close()


def test_what_the_model_made_up_is_not_shown(
    settings: Settings, store: Store, tmp_path: Path
) -> None:
    shutil.copytree(MODELS / "tcm", tmp_path / "unsure")
    card = json.loads((tmp_path / "unsure" / "config.json").read_text("utf-8"))
    (tmp_path / "unsure" / "config.json").write_text(json.dumps(card | {"unsure_bits": 1e-6}))
    unsure = replace(settings, backend="cpu", models=tmp_path, model="unsure")
    holder = open_first(unsure, store, "w1")
    claim = Claim("u" * 24, "t", "m1", "o1", "请讲讲一味没有人听说过的药", 1)

    reply, turn = Replier(unsure, holder, account=SERVING).answer(claim, [])

    assert (reply.text, reply.generated, turn) == (TCM.texts.not_found, False, None)
    holder.close()


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
