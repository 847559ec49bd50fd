"""An account of one's own on the desk, changed as its pages change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.bot.signing import AUTH
from xinglin.account.folder import write_folder
from xinglin.account.starter import starter_bundle
from xinglin.settings import Settings

TOML = """\
# 茶铺 / a tea shop
name = "山前茶铺"
# greeting = "默认"
medical = false  # 不讲医药

[scenes]
spring = "春茶节"

# 第一条 / the first
[[reply]]
name = "地址"
match = ["地址", "在哪"]
text = "山前路一号"  # 一个回答

# 第二条
[[reply]]
contains = "停车"
text = ["门口", "后院"]
days = ["周末"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The owner's folder, as `xinglin init` and an editor leave it."""
    place = tmp_path / "tea"
    write_folder(place, starter_bundle("山前茶铺"))
    (place / "account.toml").write_text(TOML, "utf-8")
    return place


@pytest.fixture
def app(make_app: Callable[[Settings], Flask], bot_settings: Settings, folder: Path) -> Flask:
    return make_app(replace(bot_settings, account=str(folder)))


class Desk:
    """The calls of the desk's pages, by a program with the token."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.base = 0

    def page(self, name: str, **query: Any) -> str:
        answer = self.client.get(f"/admin/desk/{name}", headers=AUTH, query_string=query)
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, method: str, path: str, **fields: Any) -> Any:
        """Send a change on the version seen last; the answer's JSON with its `code`."""
        sent = {"base": self.base, "by": "王店主", **fields}
        answer = self.client.open(f"/admin/desk/{path}", method=method, headers=AUTH, json=sent)
        found = {**answer.json, "code": answer.status_code}
        if answer.status_code == 200 and "version" in found and "took" in found:
            self.base = found["version"]
        return found


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    return Desk(client)
