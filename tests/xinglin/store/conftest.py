"""A store of an account that may send."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from xinglin.settings import Settings
from xinglin.store import Store


@pytest.fixture
def service(settings: Settings, open_store: Callable[..., Store]) -> Store:
    return open_store(
        replace(settings, wechat_account="service", wechat_app_id="a", wechat_app_secret="s")
    )
