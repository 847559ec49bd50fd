"""Signing in to the dashboard, for its tests."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from bot.admin.auth import CSRF_HEADER

AUTH = {"Authorization": "Bearer admin-token"}
BASE = "http://127.0.0.1"


def sign_in(client: FlaskClient, token: str = "admin-token", base: str = BASE) -> dict[str, str]:
    """Sign in and return the header that changes need."""
    answer = client.post("/admin/login", base_url=base, json={"token": token})
    assert answer.status_code == 200, answer.text
    found = re.search(r'data-csrf="([^"]+)"', client.get("/admin", base_url=base).text)
    assert found is not None
    return {CSRF_HEADER: found[1], "Origin": base}
