"""Remedies for the platform's error codes."""

from __future__ import annotations

from xinglin.bilingual import Notice
from xinglin.errors import PlatformError

_ADVICE = {
    40001: Notice(
        "the AppSecret is wrong or was reset; copy it again from the account's developer page",
        "AppSecret 不对或已被重置；请从公众平台的开发者页面重新复制",
    ),
    40013: Notice(
        "the AppID is wrong; copy it from the account's developer page",
        "AppID 不对；请从公众平台的开发者页面复制",
    ),
    40125: Notice(
        "the AppSecret is wrong; copy it again from the account's developer page",
        "AppSecret 不对；请从公众平台的开发者页面重新复制",
    ),
    40164: Notice(
        "add this machine's public address to the IP allow list of the developer page",
        "请把这台机器的公网地址加入开发者页面的“IP白名单”",
    ),
    40243: Notice(
        "the AppSecret is frozen; unfreeze it on the developer page",
        "AppSecret 被冻结；请在开发者页面解冻",
    ),
    45009: Notice(
        "today's quota of this call is used up; try tomorrow", "今天的调用次数用完了；请明天再试"
    ),
    48001: Notice(
        "this account may not do that; a verified account may",
        "这个账号没有此接口的权限；认证后的账号才有",
    ),
    50002: Notice(
        "the account is limited; look at the notices of its console",
        "账号受到限制；请看公众平台后台的通知",
    ),
}


def explain(error: PlatformError) -> Notice:
    """Return what the platform said, and what to do about it."""
    advice = _ADVICE.get(error.code)
    if advice is None:
        return Notice(str(error), f"平台说：{error}")
    return Notice(f"{error}; {advice}", f"平台说：{error}；{advice.zh}")
