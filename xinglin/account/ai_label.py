"""The AI label: the law asks that a generated reply says so, and every page of it ends with it."""

from __future__ import annotations

import re

from xinglin.account.account import Account
from xinglin.wechat.pages import paginate

_NAMES_AI = re.compile("AI|人工智能|ＡＩ", re.IGNORECASE)


def labelled_page(account: Account, text: str, *, generated: bool) -> tuple[str, str]:
    """Return the first page of a reply as a follower reads it, and the rest for later."""
    return paginate(text, suffix=account.label if generated else "", more=account.texts.more)


def is_label(text: str) -> bool:
    """Return whether a text says that AI generated something."""
    return bool(_NAMES_AI.search(text)) and "生成" in text
