"""A menu is held against the platform's limits before it is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, jsonify, request

from tests.bot.cli.conftest import Command
from xinglin.commands import parse_command
from xinglin.policy import danger

pytestmark = pytest.mark.redis
SAMPLE = Path(__file__).resolve().parents[3] / "deploy" / "menu.json"
ACCOUNT = {"wechat_app_id": "wx1", "wechat_app_secret": "secret-canary"}


class Api:
    """The platform's token and menu calls."""

    def __init__(self, token_error: int = 0) -> None:
        self.menus: list[bytes] = []
        self.app = Flask(__name__)
        self.token_error = token_error
        self.app.add_url_rule("/cgi-bin/stable_token", "token", self.token, methods=["POST"])
        self.app.add_url_rule("/cgi-bin/menu/create", "menu", self.menu, methods=["POST"])

    def token(self) -> Any:
        if self.token_error:
            return jsonify(errcode=self.token_error, errmsg="no")
        return jsonify(access_token="t1", expires_in=7200)

    def menu(self) -> Any:
        assert request.args["access_token"] == "t1"
        self.menus.append(request.get_data())
        return jsonify(errcode=0, errmsg="ok")


def click_button(**changed: object) -> dict[str, object]:
    return {"type": "click", "name": "帮助", "key": "帮助"} | changed


def test_the_sample_is_sent_as_it_is_in_plain_characters(
    xinglin: Command, serve: Callable[[Flask], str]
) -> None:
    api = Api()

    ended = xinglin("menu", "push", str(SAMPLE), wechat_api_base=serve(api.app), **ACCOUNT)

    assert ended.code == 0
    assert json.loads(api.menus[0]) == json.loads(SAMPLE.read_text())
    assert b"\\u" not in api.menus[0]


def test_every_button_of_the_sample_is_a_command_or_a_harmless_question() -> None:
    buttons = json.loads(SAMPLE.read_text())["button"]
    keys = [b["key"] for top in buttons for b in top.get("sub_button", [top])]

    assert all(parse_command(key) or (key.endswith("？") and danger(key) is None) for key in keys)
    assert {"帮助", "重置", "我的数据", "删除我的数据"} <= set(keys)


@pytest.mark.parametrize(("code", "words"), [(40164, "IP allow list"), (40125, "AppSecret")])
def test_a_refusal_says_what_to_do(
    xinglin: Command, serve: Callable[[Flask], str], code: int, words: str
) -> None:
    url = serve(Api(code).app)

    ended = xinglin("menu", "push", str(SAMPLE), wechat_api_base=url, **ACCOUNT)

    assert ended.code == 2
    assert words in ended.err
    assert "secret-canary" not in ended.err


def test_without_credentials_nothing_is_sent(xinglin: Command) -> None:
    ended = xinglin("menu", "push", str(SAMPLE))

    assert ended.code == 2
    assert "XINGLIN_WECHAT_APP_SECRET" in ended.err


@pytest.mark.parametrize(
    "menu",
    [
        None, [], {}, {"button": []}, {"button": [click_button()] * 4}, {"button": ["x"]},
        {"button": [click_button(name="")]}, {"button": [click_button(name="一二三四五六")]},
        {"button": [click_button(key="")]}, {"button": [click_button(key="问" * 50)]},
        {"button": [click_button(type="dance")]}, {"button": [{"type": "view", "name": "a"}]},
        {"button": [{"name": "a", "sub_button": [click_button()] * 6}]},
        {"button": [{"name": "a", "sub_button": [{"name": "b", "sub_button": []}]}]},
    ],
)  # fmt: skip
def test_what_the_platform_would_refuse_is_not_sent(
    bare: Command, tmp_path: Path, menu: object
) -> None:
    file = tmp_path / "menu.json"
    file.write_text(json.dumps(menu))

    ended = bare("menu", "push", str(file), "--dry-run")

    assert ended.code == 2
    assert ended.err.count("\n") == 2, "one sentence a language"


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[" * 60_000, b" " * (1 << 20)])
def test_a_file_that_is_no_json_is_refused(bare: Command, tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "menu.json"
    file.write_bytes(raw)

    assert bare("menu", "push", str(file), "--dry-run").code == 2
    assert bare("menu", "push", str(tmp_path), "--dry-run").code == 2


def test_a_dry_run_shows_what_each_button_does(bare: Command, tmp_path: Path) -> None:
    below = [
        click_button(name="地址", key="在哪里"),
        {"type": "view", "name": "店", "url": "https://a.b"},
    ]
    menu = {"button": [click_button(), {"name": "更多", "sub_button": below}]}
    file = tmp_path / "menu.json"
    file.write_text(json.dumps(menu))

    ended = bare("menu", "push", str(file), "--dry-run")

    assert ended.out.splitlines()[1:] == [
        "  帮助: click 帮助",
        "  更多",
        "    地址: click 在哪里",
        "    店: view https://a.b",
    ]
