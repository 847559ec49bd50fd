"""A process that can never serve ends at once and says why, also under gunicorn."""

from __future__ import annotations

import os
import re
import socket
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
    assert done.stderr.count(says) == 2, "once a language, and not once a process"
    assert re.search("[一-鿿]", done.stderr)
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


def flask_run(var: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Start as `make run` does, on a server of its own; it must end by itself."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("XINGLIN_")}
    env |= {"XINGLIN_VAR": str(var)} | settings
    port = settings.get("FLASK_RUN_PORT", "0")
    return subprocess.run(
        [sys.executable, "-m", "flask", "run", "-p", port],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("way", ["setting", "account"])
def test_a_model_that_is_not_there_stops_the_start_and_names_those_that_are(
    tmp_path: Path, way: str
) -> None:
    settings = {"XINGLIN_MODEL": "tmc"}
    if way == "account":
        (tmp_path / "shop").mkdir()
        (tmp_path / "shop" / "account.toml").write_text('name = "茶铺"\nmodel = "tmc"\n', "utf-8")
        settings = {"XINGLIN_ACCOUNT": str(tmp_path / "shop")}

    done = flask_run(tmp_path / "var", **settings)

    assert done.returncode == 2
    assert "xinglin: model 'tmc': no such folder (tcm is meant?)" in done.stderr
    assert "没有“tmc”这个模型" in done.stderr
    assert "chat at" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_another_program_has_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        done = flask_run(tmp_path / "var", FLASK_RUN_PORT=port)

    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1 port {port}; choose another" in done.stderr
    assert f"端口 {port}" in done.stderr
    assert "chat at" not in done.stderr
    assert not (tmp_path / "var").exists()
