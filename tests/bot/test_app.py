"""A process that can never serve ends at once and says why, also under gunicorn."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from xinglin.settings import Settings
from xinglin.store import Store

ROOT = Path(__file__).resolve().parents[2]


def serve(**settings: str) -> subprocess.CompletedProcess[str]:
    """Start gunicorn as it is deployed; it must end by itself."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("XINGLIN_")}
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", "127.0.0.1:0"]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=env | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"XINGLIN_NO_SUCH": "1"}, "XINGLIN_NO_SUCH"),
        ({"XINGLIN_WECHAT_AES_KEY": "short"}, "XINGLIN_WECHAT_AES_KEY"),
        ({"XINGLIN_WECHAT_AES_KEY": "a" * 43}, "XINGLIN_WECHAT_APP_ID"),
        ({"XINGLIN_WECHAT_MODE": "safe"}, "XINGLIN_WECHAT_AES_KEY"),
        ({"XINGLIN_BLOCKED_WORDS": "/nowhere/words.txt"}, "/nowhere/words.txt"),
    ],
)
def test_gunicorn_ends_with_2_for_settings_that_cannot_be_used(
    wrong: dict[str, str], says: str
) -> None:
    done = serve(XINGLIN_REDIS_URL="redis://127.0.0.1:1/0", **wrong)

    assert done.returncode == 2
    assert done.stderr.count(says) == 1
    assert "Traceback" not in done.stderr
    assert "Booting worker" not in done.stderr


@pytest.mark.redis
def test_gunicorn_ends_with_2_for_a_key_that_opens_nothing(redis_url: str) -> None:
    right, wrong = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    store = Store.open(Settings(redis_url=redis_url, history_key=right))
    store.verify_history_key()
    store.close()

    done = serve(XINGLIN_REDIS_URL=redis_url, XINGLIN_HISTORY_KEY=wrong)

    assert done.returncode == 2
    assert done.stderr.count("XINGLIN_HISTORY_KEY does not open") == 1
    assert wrong not in done.stderr
