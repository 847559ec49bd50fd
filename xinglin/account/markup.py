"""Links and holes in an owner's texts.

[点这里](帮助)                 a tap sends 帮助 as the follower's own message
[官网](https://example.com)    a tap opens the page
{name}                         the account's name
{suggestions}                  the account's suggested questions, a tap link each
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from urllib.parse import quote

from xinglin.wechat.replies import tap_link

_LINK = re.compile(r"\[([^\[\]\n]{1,80})\]\(([^()\n]{1,500})\)")
_ADDRESS = re.compile(r"(?:https?|weixin)://\S+|tel:[0-9+-]+")
_HOLE = re.compile(r"\{([A-Za-z_]+)\}")


def with_links(text: str) -> str:
    """Return a text with its links as WeChat writes them."""
    return _LINK.sub(lambda found: link(found[1], found[2].strip()), text)


def link(label: str, target: str) -> str:
    """Return a link that opens a page, or sends its target as the follower's message."""
    if not _ADDRESS.fullmatch(target):
        return tap_link(label, target)
    address = quote(target, safe=":/?#[]@!$&'()*+,;=%-._~")
    return f'<a href="{html.escape(address)}">{html.escape(label, quote=False)}</a>'


def tapped(text: str) -> list[str]:
    """Return what the links of a text send when tapped."""
    targets = (found[2].strip() for found in _LINK.finditer(text))
    return [target for target in targets if not _ADDRESS.fullmatch(target)]


def holes(text: str) -> set[str]:
    """Return the words in braces."""
    return set(_HOLE.findall(text))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a text with the holes filled that there are values for; others stay."""
    return _HOLE.sub(lambda found: values.get(found[1], found[0]), text)
