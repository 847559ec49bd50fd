"""What the platform's error codes want of the operator."""

from __future__ import annotations

from xinglin.errors import PlatformError

_ADVICE = {
    40001: "the AppSecret is wrong or was reset; copy it again from the account's developer page",
    40013: "the AppID is wrong; copy it from the account's developer page",
    40125: "the AppSecret is wrong; copy it again from the account's developer page",
    40164: "add this machine's public address to the IP allow list of the developer page",
    40243: "the AppSecret is frozen; unfreeze it on the developer page",
    45009: "today's quota of this call is used up; try tomorrow",
    48001: "this account may not do that; a verified account may",
    50002: "the account is limited; look at the notices of its console",
}


def explain(error: PlatformError) -> str:
    """Return what the platform said, and what to do about it."""
    advice = _ADVICE.get(error.code)
    return f"{error}; {advice}" if advice else str(error)
