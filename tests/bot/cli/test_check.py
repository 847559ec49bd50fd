"""`xinglin check` finds what is wrong and says how to mend it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from bot.cli.checks import (
    look_at_account,
    look_at_handover,
    look_at_redis,
    look_at_secrets,
    look_at_workers,
)
from bot.cli.client import Service
from bot.cli.other_checks import look_at_platform, look_at_service
from tests.bot.cli.conftest import Command
from tests.bot.cli.test_menu import Api
from tests.bot.conftest import KEY
from xinglin.diagnostics import server_problems, settings_problems
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.store.records import WorkerInfo
from xinglin.store.server import read_server

pytestmark = pytest.mark.redis
MODELS = str(Path(__file__).resolve().parents[3] / "models")
GOOD = {
    "wechat_token": "token",
    "wechat_app_id": "wx0123456789abcdef",
    "wechat_aes_key": KEY,
    "admin_token": "0123456789abcdef",
    "models": MODELS,
    "backend": "reference",
}


def beat(store: Store, name: str = "w1", model: str = "tcm") -> None:
    store.models.heartbeat(WorkerInfo(name, 7, "h", "cpu", model, "1", 0, 0, 0.0))


@pytest.fixture
def config(store: Store) -> Iterator[Callable[[str, str], None]]:
    """Sets the shared server's settings, and sets them back."""
    before: dict[str, str] = {}

    def change(name: str, value: str) -> None:
        before.setdefault(name, store.redis.config_get(name)[name])
        store.redis.config_set(name, value)

    yield change
    for name, value in before.items():
        store.redis.config_set(name, value)


def test_a_sound_installation_passes(xinglin: Command, store: Store) -> None:
    beat(store)

    ended = xinglin("check", **GOOD)

    assert ended.code == 0, ended.out
    assert "0 failed, 0 to look at" in ended.out
    for what in ("token", "AES key", "admin token", "model", "Redis", "clock", "workers"):
        assert f"ok    {what} " in ended.out


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"wechat_token": "has space"}, "3 to 32 letters and digits"),
        ({"wechat_token": ""}, "XINGLIN_WECHAT_TOKEN is not set"),
        ({"wechat_app_id": ""}, "XINGLIN_WECHAT_APP_ID is not set"),
        ({"wechat_app_id": "gh_1"}, "XINGLIN_WECHAT_APP_ID is 'gh_1'"),
        ({"wechat_aes_key": "x"}, "XINGLIN_WECHAT_AES_KEY opens nothing"),
        ({"wechat_mode": "compatible"}, "compatible, although there is an EncodingAESKey"),
        ({"wechat_account": "service"}, "AppSecret is missing"),
        ({"admin_token": "short"}, "short enough to guess"),
        ({"admin_token": ""}, "/admin is off"),
        ({"backend": "echo"}, "only repeats the question"),
        ({"console_public": True}, "XINGLIN_CONSOLE_PUBLIC"),
    ],
)
def test_a_setting_that_will_not_do_is_named(changed: dict[str, Any], words: str) -> None:
    sound = Settings(**(GOOD | {"models": Path(MODELS)}))
    settings = replace(sound, **changed)

    found = look_at_account(settings) + look_at_secrets(settings)

    (odd,) = [finding for finding in found if finding.state != "ok"]
    assert words in odd.says


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"threads": "none"}, "XINGLIN_THREADS"), ({"wechat_aes_key": "x"}, "XINGLIN_WECHAT_AES")],
)
def test_settings_that_stop_the_start_fail_by_name(
    bare: Command, changed: dict[str, str], words: str
) -> None:
    ended = bare("check", **(GOOD | changed))

    assert ended.code == 1
    assert ended.out.startswith("fail  settings")
    assert words in ended.out


def test_what_cannot_be_reached_or_loaded_fails(bare: Command) -> None:
    broken = {"redis_url": "unix:///nowhere.sock", "model": "missing"}

    ended = bare("check", "--url", "http://127.0.0.1:1", **(GOOD | broken))

    assert ended.code == 1
    failed = [row for row in ended.out.splitlines() if row.startswith("fail")]
    assert len(failed) == 3
    for row, words in zip(failed, ("Redis is away", "nothing answers", "missing"), strict=True):
        assert words in row


def test_no_secret_is_shown() -> None:
    settings = Settings(wechat_token="canary 1", admin_token="canary2", wechat_aes_key="canary3")

    found = look_at_account(settings) + look_at_secrets(settings)

    assert "canary" not in repr(found)


def test_plain_mode_is_a_warning_and_no_failure(settings: Settings) -> None:
    states = {finding.what: finding.state for finding in look_at_account(settings)}

    assert states == {"token": "ok", "app id": "ok", "AES key": "warn", "late replies": "ok"}


def test_each_setting_of_redis_that_loses_data_is_found(
    store: Store, config: Callable[[str, str], None]
) -> None:
    assert [finding.state for finding in look_at_redis(store)] == ["ok", "ok"]
    config("maxmemory", "1gb")
    config("maxmemory-policy", "allkeys-lru")
    config("appendfsync", "no")

    said = " ".join(finding.says for finding in look_at_redis(store))

    assert "CONFIG SET maxmemory-policy noeviction" in said
    assert "appendfsync no" in said


def test_an_old_full_or_read_only_redis_is_found(store: Store) -> None:
    facts = replace(
        read_server(store.redis),
        version="5.0.7",
        role="slave",
        limit_bytes=100 << 20,
        used_bytes=99 << 20,
        append_failed=True,
    )

    said = " ".join(settings_problems(facts))

    for words in ("6.2 or newer", "replica", "99 of 100 MiB", "full disk"):
        assert words in said


def test_a_server_that_refuses_config_is_read_all_the_same(
    open_store: Callable[..., Store], settings: Settings, store: Store
) -> None:
    store.redis.execute_command(
        "ACL", "SETUSER", "hosted", "on", ">p", "~*", "&*", "+@all", "-config"
    )
    try:
        url = settings.redis_url.replace("unix://", "unix://hosted:p@")
        hosted = open_store(replace(settings, redis_url=url))

        assert server_problems(hosted) == []
        assert read_server(hosted.redis).fsync == ""
    finally:
        store.redis.execute_command("ACL", "DELUSER", "hosted")


def test_a_clock_that_is_off_is_found(store: Store) -> None:
    server = read_server(store.redis).clock_s

    found = look_at_redis(store, now=lambda: server - 600)

    assert [finding.what for finding in found if finding.state == "fail"] == ["clock"]


def test_workers_that_are_missing_mixed_or_held_back_are_found(store: Store) -> None:
    assert [finding.state for finding in look_at_workers(store)] == ["fail"]
    beat(store, "w1")
    assert [finding.state for finding in look_at_workers(store)] == ["ok"]
    beat(store, "w2", model="other")
    store.redis.set("rq:suspended", 1)

    found = look_at_workers(store)

    assert [finding.state for finding in found] == ["fail", "warn"]
    assert "rq resume" in found[0].says


def test_a_running_service_is_checked_as_the_platform_does(
    store: Store, app: Flask, bot_settings: Settings, serve: Callable[[Flask], str]
) -> None:
    service = Service(serve(app))
    idle = look_at_service(bot_settings, service)
    beat(store)

    right = look_at_service(bot_settings, service)
    wrong = look_at_service(replace(bot_settings, wechat_token="other"), service)

    assert [(f.what, f.state) for f in right] == [("webhook", "ok"), ("service", "ok")]
    assert [(f.what, f.state) for f in wrong] == [("webhook", "fail"), ("service", "ok")]
    assert [(f.what, f.state) for f in idle] == [("webhook", "ok"), ("service", "fail")]
    assert "no worker" in idle[1].says


@pytest.mark.parametrize(
    "changed",
    [
        {"wechat_aes_key": KEY[::-1]},
        {"wechat_app_id": "wx2"},
        {"wechat_mode": "plain"},  # the service takes encrypted pushes only
    ],
)
def test_a_service_with_another_key_or_mode_is_found(
    make_app: Callable[[Settings], Flask],
    bot_settings: Settings,
    store: Store,
    serve: Callable[[Flask], str],
    changed: dict[str, str],
) -> None:
    beat(store)
    safe = replace(bot_settings, wechat_mode="safe")
    service = Service(serve(make_app(safe)))

    right = look_at_service(safe, service)
    wrong = look_at_service(replace(safe, **changed), service)  # type: ignore[arg-type]

    assert [(f.what, f.state) for f in right] == [("webhook", "ok"), ("service", "ok")]
    assert [(f.what, f.state) for f in wrong] == [("webhook", "fail"), ("service", "ok")]
    assert "XINGLIN_WECHAT_AES_KEY" in wrong[0].says
    assert store.stats.snapshot()["waiting"] == 0, "a check asks nothing"


def test_every_line_that_wants_something_is_said_in_chinese_too(
    bare: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    broken = {"wechat_token": "has space", "admin_token": "short", "model": "tmc"}

    ended = bare("check", redis_url="unix:///nowhere.sock", **broken)

    lines = ended.out.splitlines()
    wanting = [line for line in lines if line.startswith(("warn", "fail"))]
    assert len(wanting) >= 5
    assert all(re.search("[一-鿿]", line) for line in wanting)
    english = [line for line in lines if line.startswith(" " * 20)]
    assert len(english) == len(wanting)
    assert not any(re.search("[一-鿿]", line) for line in english)


@pytest.mark.parametrize(
    ("code", "state", "words"), [(0, "ok", "token"), (40164, "fail", "IP allow list")]
)
def test_the_platform_is_asked_for_a_token(
    settings: Settings,
    store: Store,
    serve: Callable[[Flask], str],
    code: int,
    state: str,
    words: str,
) -> None:
    api = {"wechat_api_base": serve(Api(code).app)}
    account = replace(settings, wechat_app_id="wx1", wechat_app_secret="secret", **api)

    found = look_at_platform(account, store)

    assert found.state == state
    assert words in found.says


def test_a_platform_that_is_away_or_was_not_set_up_is_said(
    settings: Settings, store: Store
) -> None:
    away = replace(
        settings,
        wechat_app_id="wx1",
        wechat_app_secret="secret",
        wechat_api_base="http://127.0.0.1:1",
    )

    assert look_at_platform(settings, store).state == "warn"
    assert look_at_platform(away, store).state == "fail"


@pytest.mark.parametrize(
    ("table", "token", "state", "says"),
    [
        ("", "", "", ""),
        ("[handover]", "admin-token", "ok", "whoever is on the desk takes over, at any hour"),
        ("[handover]", "", "warn", "needs XINGLIN_ADMIN_TOKEN"),
        ("[handover]\nplatform = true", "", "warn", "write platform = false"),
        ("[handover]\ndays = '周末'", "admin-token", "ok", "takes over, 周末"),
    ],
)
def test_who_takes_over_is_told(
    settings: Settings, tmp_path: Path, table: str, token: str, state: str, says: str
) -> None:
    (tmp_path / "account.toml").write_text(f'name = "茶"\n{table}', "utf-8")
    own = replace(settings, account=str(tmp_path), admin_token=token, wechat_account="personal")

    found = look_at_handover(own)

    assert [one.state for one in found] == ([state] if state else [])
    assert says in "".join(one.says for one in found)
