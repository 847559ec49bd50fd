"""Messages that hold no words."""

from __future__ import annotations

import time

import pytest

from xinglin.wechat.emoticons import is_wordless


@pytest.mark.parametrize(
    "text",
    [
        "【收到不支持的消息类型，暂无法显示】", "[收到一条暂不支持的消息类型]", "[Unsupported message]",
        "/::)", "/:rose/:rose", "/:,@-D /:<W>", "[旺柴][旺柴]", "[捂脸]", "[Facepalm]", "[666]",
        "。", "……", "？！", "!!!", "~", "😀", "👍🏽👏", "❤️", "1️⃣", "🇨🇳", "👨‍👩‍👧", "\u200b。", "(^_^)", "\u3164", "T_T", "QAQ", "XD", " orz",
        "/::)😀[旺柴]。",
    ],
)  # fmt: skip
def test_no_words(text: str) -> None:
    assert is_wordless(text)


@pytest.mark.parametrize(
    "text",
    [
        "黄芪", "好的/::)", "黄芪有什么功效？❤️", "当归[旺柴]", "甘", "a", "7", "①", "ok", "/:黄芪",
        "[黄芪有什么功效呢，请详细地说一说]", "【黄芪】", "𠮷", "/:rosehip tea", "TQ", "old", "X",
    ],
)  # fmt: skip
def test_words(text: str) -> None:
    assert not is_wordless(text)


@pytest.mark.parametrize("part", ["[", "【不支持", "/:", "[旺柴", "]", "1\ufe0f"])
def test_time_grows_with_the_length(part: str) -> None:
    def once(times: int) -> float:
        began = time.process_time()
        is_wordless(part * times)
        return time.process_time() - began

    def seconds(times: int) -> float:
        return min(once(times) for _ in range(5))

    assert seconds(16_000) < 12 * max(seconds(4000), 0.002)  # a quadratic one takes 16 times
