"""Secrets and followers' words put in at one end are looked for at every other."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot import create_app
from bot.services import current_services
from tests.shipped import SERVING
from workers.reload import open_first
from workers.reply import Replier
from workers.runner import TurnRunner
from xinglin.log import JsonFormatter, TextFormatter
from xinglin.settings import Settings
from xinglin.store import Reply, Store
from xinglin.wechat.envelope import Envelope
from xinglin.wechat.replies import event_push, text_push

pytestmark = pytest.mark.redis
SECRETS = {
    "admin_token": "canary-admin-token",
    "wechat_token": "canaryWechatToken",
    "wechat_app_secret": "canary-app-secret",
    "wechat_aes_key": "canaryAesKeyabcdefghijklmnopqrstuvwxyz01234",
    "id_key": "canary-id-key",
    "history_key": "Y2FuYXJ5LWhpc3Rvcnkta2V5LW9mLTMyLWJ5dGVzISE=",
}
OPENID = "oCanaryFollower"
WORDS = ("金丝雀之问", "金丝雀之二问", "金丝雀之意见", "金丝雀之毒")


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Lines that both formatters write of every logger, at the finest level."""
    stream, root = io.StringIO(), logging.getLogger()
    before = list(root.handlers), root.level
    yield stream
    root.handlers[:] = before[0]
    root.setLevel(before[1])


def listen(stream: io.StringIO) -> None:
    """Listen beside the app's own handlers; called once the app has set them."""
    root = logging.getLogger()
    for formatter in (TextFormatter(), JsonFormatter()):
        handler = logging.StreamHandler(stream)
        handler.setFormatter(formatter)
        root.addHandler(handler)
    root.setLevel("DEBUG")


def run_the_whole_path(client: Any, settings: Settings, store: Store) -> str:
    """Ask, fail, guess, break: returns everything that came back and is not a reply."""
    envelope = Envelope(
        settings.wechat_token, settings.wechat_app_id, settings.wechat_aes_key, mode="compatible"
    )
    seen: list[str] = []

    def push(xml: str, *, encrypted: bool = False, **change: str) -> int:
        query, body = envelope.seal_push(xml, encrypted=encrypted)
        answer = client.post("/wechat", query_string=query | change, data=body.encode())
        if answer.status_code != 200:
            seen.append(answer.text)
        seen.append(str(answer.headers))
        return int(answer.status_code)

    assert push(text_push(OPENID, "gh", WORDS[0], "1", now=1)) == 200
    assert push(text_push(OPENID, "gh", WORDS[1], "2", now=1), encrypted=True) == 200
    assert push(text_push(OPENID, "gh", f"投诉 {WORDS[2]}", "3", now=1)) == 200
    assert push(text_push(OPENID, "gh", WORDS[0], "4", now=1), signature="0" * 40) == 403
    assert push(f"<xml><Content>{WORDS[0]}</Content></xml>") == 400
    assert push(f"<xml><Content>{WORDS[0]}") == 400
    assert push(event_push(OPENID, "gh", "CLICK", now=1)) == 200
    store.inbox.accept(store.user_key(OPENID), OPENID, "9", WORDS[3], wait_s=0)
    right = {"Authorization": f"Bearer {settings.admin_token}"}
    for path in (
        "/metrics",
        "/readyz",
        "/healthz",
        "/",
        "/nowhere",
        "/admin/status",
        "/admin/dead",
    ):
        for headers in (right, {"Authorization": f"Bearer {settings.admin_token}x"}):
            seen.append(client.get(path, headers=headers).text)
    seen.append(client.post("/admin/reload", headers=right, json={"model": "../x"}).text)
    seen.append(client.get("/admin/audit", headers=right).text)
    return "\n".join(seen)


@pytest.mark.parametrize("broken", [False, True])
def test_no_secret_and_no_word_of_a_follower_leaves_by_logs_pages_metrics_or_jobs(
    settings: Settings, logged: io.StringIO, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch, broken: bool,
) -> None:  # fmt: skip
    canaries = replace(
        settings, **SECRETS, wechat_app_id="wxcanary", wechat_mode="compatible", reply_deadline_s=0.3, backend="echo",
        lease_s=4.0,
    )  # fmt: skip
    app = create_app(canaries)
    listen(logged)
    with app.app_context():
        store = current_services().store
    slot = open_first(canaries, store, "w1")
    replier = Replier(canaries, slot, account=SERVING)
    if broken:  # an error whose own text quotes the question

        def fail(claim: Any, history: Any) -> tuple[Reply, None]:
            raise ValueError(f"cannot encode {claim.text!r}") from KeyError(claim.openid)

        monkeypatch.setattr(replier, "answer", fail)
    runner = TurnRunner(store, replier, SERVING, max_in_flight=2, lease_s=4.0)

    shown = run_the_whole_path(app.test_client(), canaries, store)
    runner.admit(store.user_key(OPENID))
    assert store.handoff.wait(store.user_key(OPENID), "9", 10) is not None
    runner.drain()
    jobs = b"".join(
        store.redis.dump(key) for key in store.redis.keys("rq:*")
    )  # RQ packs a job's data; its other fields are plain
    kept = b"".join(store.redis.dump(key) for key in store.redis.keys("*"))
    store.close()
    slot.close()

    said = logged.getvalue() + repr(canaries)
    assert "message_accepted" in said
    for needle in (*SECRETS.values(), OPENID, *WORDS):
        assert needle not in said, needle
        assert needle not in shown, needle
        assert needle.encode() not in jobs + kept, needle
