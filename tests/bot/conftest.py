"""An app on a real Redis, and a worker that answers from the store without a model."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot import create_app
from bot.services import current_services
from tests.conftest import close_store
from xinglin.settings import Settings
from xinglin.store import Reply, Store, Turn
from xinglin.wechat.envelope import Envelope
from xinglin.wechat.replies import text_push

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@pytest.fixture
def bot_settings(settings: Settings) -> Settings:
    return replace(
        settings,
        reply_deadline_s=1.0,
        admin_token="admin-token",
        wechat_app_id="wx1",
        wechat_aes_key=KEY,
        wechat_mode="compatible",
        console=True,
        lease_s=4.0,
    )


@pytest.fixture
def make_app() -> Iterator[Callable[[Settings], Flask]]:
    apps: list[Flask] = []

    def make(settings: Settings) -> Flask:
        apps.append(create_app(settings))
        return apps[-1]

    yield make
    for app in apps:
        with app.app_context():
            close_store(current_services().store)


@pytest.fixture
def app(make_app: Callable[[Settings], Flask], bot_settings: Settings) -> Flask:
    return make_app(bot_settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


class Platform:
    """Pushes texts into the app and opens its replies."""

    def __init__(self, client: FlaskClient, settings: Settings) -> None:
        self.client = client
        self.envelope = Envelope(
            settings.wechat_token,
            settings.wechat_app_id,
            settings.wechat_aes_key,
            mode=settings.push_mode,
        )
        self.count = 0

    def push(self, xml: str, *, encrypted: bool = False) -> Any:
        query, body = self.envelope.seal_push(xml, encrypted=encrypted)
        return self.client.post("/wechat", query_string=query, data=body.encode())

    def say(
        self, text: str, *, openid: str = "o1", number: int = 0, encrypted: bool = False
    ) -> str:
        self.count += 1
        xml = text_push(openid, "gh", text, str(number or 10**6 + self.count), now=1)
        response = self.push(xml, encrypted=encrypted)
        assert response.status_code == 200
        if response.text == "success":
            return ""
        return self.envelope.open_reply(response.text)["Content"]


@pytest.fixture
def platform(client: FlaskClient, bot_settings: Settings) -> Platform:
    return Platform(client, bot_settings)


class StoreWorker:
    """Answers every question with "答：" and the question, through the store's real ledger."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.answer = "答：{}"
        self.seen: list[str] = []
        self.open = threading.Event()
        self.open.set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(0.01):
            if not self.open.is_set():
                continue
            for user in self.store.redis.zrange("xl:active", 0, -1):
                self._turn(user.decode())

    def _turn(self, user: str) -> None:
        claim = self.store.turns.take(user)
        if claim is not None:
            self.seen.append(claim.text)
            text = self.answer.format(claim.text)
            reply = Reply(text, True, "m", claim.message_id, claim.openid)
            self.store.turns.commit(claim, reply, Turn(claim.text, text, 1.0))

    def close(self) -> None:
        self._stop.set()
        self._thread.join()


@pytest.fixture
def worker(open_store: Callable[..., Store], bot_settings: Settings) -> Iterator[StoreWorker]:
    running = StoreWorker(open_store(bot_settings))
    yield running
    running.close()
