"""Settings of the stacks that the fault suite breaks."""

from __future__ import annotations

import base64

from tests.tools.wechat_simulator.api_host import ApiHost
from tests.tools.wechat_simulator.pusher import Pusher
from tests.tools.wechat_simulator.stack import Stack
from tests.tools.wechat_simulator.wire import Account, Mode

AES_KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
LEASE_S = 3.0


def account(mode: Mode = "safe") -> Account:
    return Account("faulttoken", "wxfault", AES_KEY, mode)


def env(api: ApiHost, **more: str) -> dict[str, str]:
    return {
        "XINGLIN_WECHAT_TOKEN": "faulttoken",
        "XINGLIN_WECHAT_APP_ID": "wxfault",
        "XINGLIN_WECHAT_APP_SECRET": "faultsecret",
        "XINGLIN_WECHAT_AES_KEY": AES_KEY,
        "XINGLIN_WECHAT_ACCOUNT": "service",
        "XINGLIN_WECHAT_API_BASE": api.url,
        "XINGLIN_ADMIN_TOKEN": "fault-suite-admin-token",
        "XINGLIN_BACKEND": "echo",
        "XINGLIN_LEASE_S": str(LEASE_S),
        "XINGLIN_USER_RATE": "",
    } | more


def pusher(stack: Stack, mode: Mode = "safe") -> Pusher:
    return Pusher(account(mode), [base + "/wechat" for base in stack.bases])
