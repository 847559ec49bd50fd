"""Who may use the console: somebody at this machine, from a page of ours."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

_FORWARDED = frozenset({"X-Forwarded-For", "X-Real-Ip", "Forwarded"})


def is_loopback(address: str) -> bool:
    """Return whether an address or host name is this machine's own."""
    name = address.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def refusal(remote: str, host: str, header_names: Iterable[str]) -> str:
    """Return why a request may not use the console; "" when it may.

    The Host header is checked too: a foreign page could point a name of its own at 127.0.0.1.
    """
    if not is_loopback(remote):
        return "the console is for this machine only; set XINGLIN_CONSOLE_PUBLIC=1 to open it"
    if not is_loopback(urlsplit(f"//{host}").hostname or ""):
        return "open the console as http://127.0.0.1 or http://localhost"
    if {name.title() for name in header_names} & _FORWARDED:
        return "the console is not served through a proxy; set XINGLIN_CONSOLE_PUBLIC=1 to open it"
    return ""
