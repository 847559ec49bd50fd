"""The terminal speaks to the real webhook as the platform does."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, Response

from bot.cli.chat import FAULT, LATER, readable
from tests.bot.cli.conftest import Command
from tests.bot.conftest import KEY, StoreWorker
from tests.shipped import TCM

pytestmark = pytest.mark.redis
ACCOUNT = {"wechat_token": "token", "wechat_app_id": "wx1", "wechat_aes_key": KEY}
Serve = Callable[[Flask], str]


def answering(status: int, body: str) -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/wechat", "wechat", lambda: Response(body, status), methods=["POST"])
    return app


@pytest.mark.parametrize("mode", [(), ("--safe",)])
def test_each_text_is_answered_in_turn(
    xinglin: Command, app: Flask, serve: Serve, worker: StoreWorker, mode: tuple[str, ...]
) -> None:
    ended = xinglin("chat", *mode, "--url", serve(app), "黄芪", "当归", **ACCOUNT)

    assert ended.code == 0
    assert [line for line in ended.out.splitlines() if line.startswith("答")] == [
        "答：黄芪",
        "答：当归",
    ]
    assert worker.seen == ["黄芪", "当归"]


def test_typed_lines_are_said_until_the_end(
    xinglin: Command, app: Flask, serve: Serve, worker: StoreWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = io.TextIOWrapper(
        io.BytesIO("黄芪\n\n".encode() + b"\xff\xfe" + "当归\n".encode()), encoding="ascii"
    )
    monkeypatch.setattr(sys, "stdin", typed)

    ended = xinglin("chat", "--url", serve(app), **ACCOUNT)

    assert ended.code == 0
    assert worker.seen[0] == "黄芪"
    assert len(worker.seen) == 2


def test_another_token_is_said(xinglin: Command, app: Flask, serve: Serve) -> None:
    ended = xinglin("chat", "--url", serve(app), "你好", wechat_token="other")

    assert ended.code == 2
    assert "XINGLIN_WECHAT_TOKEN" in ended.err


@pytest.mark.parametrize(
    ("status", "body", "code", "words"),
    [
        (200, "success", 0, LATER),
        (500, "", 0, FAULT),
        (404, "<h1>nginx</h1>", 2, "404"),
        (200, "<html>", 2, "none of Xinglin's"),
    ],
)
def test_whatever_answers_is_told(
    xinglin: Command, serve: Serve, status: int, body: str, code: int, words: str
) -> None:
    ended = xinglin("chat", "--url", serve(answering(status, body)), "你好", wechat_token="t")

    assert ended.code == code
    assert words in ended.out + ended.err


def test_safe_mode_without_a_key_is_refused(xinglin: Command) -> None:
    ended = xinglin("chat", "--safe", "你好", wechat_token="t")

    assert ended.code == 2
    assert "XINGLIN_WECHAT_AES_KEY" in ended.err


def test_a_tap_link_shows_what_its_tap_sends() -> None:
    assert readable(TCM.texts.late) == "这个问题我还在想，[点这里看回答: 发送“继续”]"


def test_a_service_of_another_var_folder_is_named_as_the_likely_cause(
    bare: Command, tmp_path: Path
) -> None:
    url = ("--url", "http://127.0.0.1:5811")

    ended = bare("chat", *url, "你好", var=str(tmp_path / "elsewhere"))

    assert ended.code == 2
    assert "set XINGLIN_VAR as for the service" in ended.err
    assert "请把 XINGLIN_VAR 设成和服务一样" in ended.err
    assert str(tmp_path / "elsewhere") in ended.err
