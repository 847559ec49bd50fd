"""Settings are read once, from known variables only."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from xinglin.errors import SettingsError
from xinglin.settings import PREFIX, Settings

CONFIGURATION = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Settings.from_env({}) == Settings()


def test_variables_of_others_are_left_alone() -> None:
    assert Settings.from_env({"PATH": "/bin", "REDIS_URL": "x"}) == Settings()


def test_each_kind_of_value_is_parsed() -> None:
    settings = Settings.from_env(
        {
            "XINGLIN_THREADS": "2",
            "XINGLIN_LEASE_S": "2.5",
            "XINGLIN_BACKEND": "echo",
            "XINGLIN_VAR": "elsewhere",
            "XINGLIN_CONSOLE_PUBLIC": "yes",
        }
    )

    assert settings.threads == 2
    assert settings.lease_s == 2.5
    assert settings.backend == "echo"
    assert settings.var == Path("elsewhere")
    assert settings.console_public is True


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("XINGLIN_THREAD", "2"),
        ("XINGLIN_THREADS", "two"),
        ("XINGLIN_THREADS", "0"),
        ("XINGLIN_THREADS", ""),
        ("XINGLIN_REPLY_DEADLINE_S", "5"),
        ("XINGLIN_REPLY_DEADLINE_S", "nan"),
        ("XINGLIN_BACKEND", "gpu"),
        ("XINGLIN_CONSOLE_PUBLIC", "maybe"),
        ("XINGLIN_HISTORY_TTL_S", "9" * 20),
        ("XINGLIN_RECORDS_TTL_S", "1" + "0" * 400),
        ("XINGLIN_WECHAT_API_BASE", "api.weixin.qq.com"),
    ],
)
def test_an_unknown_variable_or_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_env({name: value})


def test_a_refused_secret_is_not_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"XINGLIN_WECHAT_AES_KEY": "too-short-secret"})

    assert "too-short-secret" not in str(caught.value)


def test_secrets_stay_out_of_the_repr() -> None:
    settings = Settings(admin_token="canary", wechat_app_secret="canary", redis_url="canary")

    assert "canary" not in repr(settings)


@pytest.mark.parametrize(
    ("account", "secret", "can_send"),
    [("service", "s", True), ("service", "", False), ("personal", "s", False)],
)
def test_only_a_service_account_with_credentials_may_send(
    account: str, secret: str, can_send: bool
) -> None:
    settings = Settings.from_env(
        {
            "XINGLIN_WECHAT_ACCOUNT": account,
            "XINGLIN_WECHAT_APP_ID": "wx1",
            "XINGLIN_WECHAT_APP_SECRET": secret,
        }
    )

    assert settings.can_send is can_send


def test_the_documented_table_is_the_settings_class() -> None:
    table = [line for line in CONFIGURATION.read_text().splitlines() if line.startswith("| `XIN")]

    assert table == [documented_row(item) for item in fields(Settings)]


def test_the_chinese_table_has_the_same_settings_defaults_and_units() -> None:
    page = CONFIGURATION.with_name("configuration.zh.md").read_text("utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| `XIN")]
    expected = [documented_row(item).split(" | ") for item in fields(Settings)]

    assert [row[:3] for row in rows] == [row[:3] for row in expected]
    for row in rows:
        assert re.search("[一-鿿]", row[3]), row[0]
        assert row[3].endswith("。 |"), row[0]


def documented_row(item: object) -> str:
    """The row of docs/configuration.md for one field; printed by the test when it differs."""
    name = PREFIX + item.name.upper()
    default = item.default
    meta = item.metadata
    shown = "" if default == "" else f"`{int(default) if isinstance(default, bool) else default}`"
    return f"| `{name}` | {shown} | {meta['unit']} | {meta['doc']} |"


KEY = "a" * 43


@pytest.mark.parametrize(
    ("set_to", "mode"),
    [
        ({}, "plain"),
        ({"aes_key": KEY, "app_id": "wx1"}, "safe"),
        ({"aes_key": KEY, "app_id": "wx1", "mode": "compatible"}, "compatible"),
        ({"aes_key": KEY, "mode": "plain"}, "plain"),
        ({"aes_key": KEY, "app_id": "wx1", "mode": "safe"}, "safe"),
    ],
)
def test_the_mode_follows_the_key_unless_it_is_given(set_to: dict[str, str], mode: str) -> None:
    env = {f"XINGLIN_WECHAT_{name.upper()}": value for name, value in set_to.items()}
    settings = Settings.from_env(env)

    settings.verify()

    assert settings.push_mode == mode
    assert any("XINGLIN_WECHAT_MODE" in one for one in settings.warnings()) == (
        bool(settings.wechat_aes_key) and mode != "safe"
    )


@pytest.mark.parametrize(
    ("set_to", "missing"),
    [
        ({"mode": "safe"}, "XINGLIN_WECHAT_AES_KEY"),
        ({"mode": "compatible"}, "XINGLIN_WECHAT_AES_KEY"),
        ({"aes_key": KEY}, "XINGLIN_WECHAT_APP_ID"),
        ({"aes_key": KEY, "mode": "compatible"}, "XINGLIN_WECHAT_APP_ID"),
    ],
)
def test_a_mode_without_what_it_needs_is_refused(set_to: dict[str, str], missing: str) -> None:
    env = {f"XINGLIN_WECHAT_{name.upper()}": value for name, value in set_to.items()}
    settings = Settings.from_env(env)

    with pytest.raises(SettingsError, match=missing) as caught:
        settings.verify()
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("value", ["SAFE", "aes", "none", ""])
def test_a_mode_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="XINGLIN_WECHAT_MODE"):
        Settings.from_env({"XINGLIN_WECHAT_MODE": value})


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "\x00"])
def test_a_time_zone_that_does_not_exist_is_refused(zone: str) -> None:
    with pytest.raises(SettingsError, match="XINGLIN_TIMEZONE"):
        Settings.from_env({"XINGLIN_TIMEZONE": zone})
