"""A setting that cannot be used is named, with what it must be, in two languages."""

from __future__ import annotations

import pytest

from xinglin.errors import SettingsError, sentences
from xinglin.settings import Settings


@pytest.mark.parametrize(
    ("name", "value", "english", "chinese"),
    [
        ("XINGLIN_MODLE", "tcm", "XINGLIN_MODEL is meant", "是不是 XINGLIN_MODEL"),
        ("XINGLIN_COLOUR", "red", "docs/configuration.md", "docs/configuration.zh.md"),
        ("XINGLIN_THREADS", "两个", "a whole number", "应当是整数"),
        ("XINGLIN_TEMPERATURE", "warm", "a number", "应当是数字"),
        ("XINGLIN_TEMPERATURE", "90", "from 0.01 to 10", "0.01 到 10"),
        ("XINGLIN_QUEUE_LIMIT", "0", "at least 1", "不小于 1"),
        ("XINGLIN_CONSENT", "on", "off, history, required", "off、history、required"),
        ("XINGLIN_CONSOLE", "ja", "1 or 0", "1 或 0"),
        ("XINGLIN_USER_RATE", "30", "30/minute", "30/minute"),
        ("XINGLIN_TIMEZONE", "北京", "Asia/Shanghai", "Asia/Shanghai"),
        ("XINGLIN_WECHAT_API_BASE", "api.weixin.qq.com", "https://", "https://"),
    ],
)
def test_the_sentence_says_what_to_write(name: str, value: str, english: str, chinese: str) -> None:
    with pytest.raises(SettingsError, match=name) as refused:
        Settings.from_env({name: value})

    (said,) = sentences(refused.value)
    assert english in said
    assert name in said.zh  # type: ignore[attr-defined]
    assert chinese in said.zh  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "length"), [("XINGLIN_WECHAT_AES_KEY", 42), ("XINGLIN_HISTORY_KEY", 20)]
)
def test_of_a_secret_only_its_length_is_said(name: str, length: int) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({name: "q" * length})

    (said,) = sentences(refused.value)
    for words in (said, said.zh):  # type: ignore[attr-defined]
        assert "q" * 5 not in words
        assert str(length) in words
    assert "(?:" not in said, "a pattern tells an owner nothing"
