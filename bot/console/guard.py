"""Admission to the console: somebody at this machine, from a page of ours."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

_FORWARDED = frozenset(
    {"Forwarded", "Via", "X-Real-Ip", "X-Client-Ip", "X-Original-Forwarded-For", "Cf-Connecting-Ip"}
    | {"True-Client-Ip", "X-Cluster-Client-Ip"}
)


def is_loopback(address: str) -> bool:
    """Return whether an address or host name is this machine's own."""
    name = address.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_foreign(origin: str | None, fetch_site: str | None, host: str) -> bool:
    """Return whether another site's page sent a request, as the browser itself says.

    Args:
        origin: the Origin header; None for none.
        fetch_site: the Sec-Fetch-Site header.
        host: the Host header.
    """
    if origin is not None and _netloc(origin) != host:
        return True
    return fetch_site not in (None, "same-origin", "none")


def host_name(host: str) -> str:
    """Return the name in a Host header, without its port; "" for one that is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def refusal(remote: str, host: str, header_names: Iterable[str], protocol: str = "HTTP/1.1") -> str:
    """Return why a request may not use the console; "" when it may.

    The Host header is checked too: a foreign page could point a name of its own at 127.0.0.1. And
    no browser speaks HTTP/1.0, but a proxy that was given no other order does.
    """
    if not is_loopback(remote):
        return "the console is for this machine only; set XINGLIN_CONSOLE_PUBLIC=1 to open it"
    if not is_loopback(host_name(host)):
        return "open the console as http://127.0.0.1 or http://localhost"
    names = {name.title() for name in header_names}
    forwarded = names & _FORWARDED or any(name.startswith("X-Forwarded") for name in names)
    if forwarded or protocol == "HTTP/1.0":
        return "the console is not served through a proxy; set XINGLIN_CONSOLE_PUBLIC=1 to open it"
    return ""


def _netloc(url: str) -> str | None:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return None
