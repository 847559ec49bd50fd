"""Links and holes in an owner's texts."""

from __future__ import annotations

import pytest

from xinglin.account.markup import fill, holes, tapped, with_links
from xinglin.wechat.replies import tap_link


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("看[这里](继续)", "看" + tap_link("这里", "继续")),
        ("[官网](https://a.cn/x?b=1&c=2)", '<a href="https://a.cn/x?b=1&amp;c=2">官网</a>'),
        ("[打电话](tel:0571-1)", '<a href="tel:0571-1">打电话</a>'),
        ("[旺柴]你好(真的)", "[旺柴]你好(真的)"),
        ("[a](b) [c](d)", tap_link("a", "b") + " " + tap_link("c", "d")),
        ('[x"<y>](https://a.cn/"><b>)', '<a href="https://a.cn/%22%3E%3Cb%3E">x"&lt;y&gt;</a>'),
    ],
)
def test_links_are_written_as_the_platform_has_them(text: str, shown: str) -> None:
    assert with_links(text) == shown


def test_only_taps_send_something() -> None:
    assert tapped("[a](继续)[b](https://a.cn)") == ["继续"]


def test_holes_are_filled_once_and_others_stay() -> None:
    assert holes("{name}说{wait}") == {"name", "wait"}
    assert fill("{name}说{wait}", {"name": "{wait}"}) == "{wait}说{wait}"
