"""A conversation as a pytest file: it runs, it passes, and it can fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bot.console.conftest import ROOT, Call, RunningService

pytestmark = [pytest.mark.redis]
TURN = {"kind": "text", "text": "帮助", "message_id": "1", "reply": "r", "generated": False}


def test_the_file_is_python_whatever_was_said(call: Call) -> None:
    said = "'''\"\"\"\\ {x} ]]>\n' + 1"

    text = call("export", turns=[TURN | {"text": said, "reply": said}], model="m@{1}").text

    found: dict[str, Any] = {}
    exec(compile(text, "test_conversation.py", "exec"), found)
    assert found["TURNS"][0]["text"] == found["TURNS"][0]["reply"] == said
    assert found["MODEL"] == "m@{1}"


@pytest.mark.parametrize(
    "turns",
    [[], None, [1], [TURN | {"kind": "x"}], [TURN | {"message_id": "1); import os"}], [TURN] * 501],
)
def test_what_is_no_conversation_is_refused(call: Call, turns: Any) -> None:
    assert call("export", turns=turns).status_code == 400


@pytest.mark.slow
def test_the_exported_test_passes_against_the_service_and_fails_when_it_should(
    service: RunningService, tmp_path: Path
) -> None:
    turns = []
    asked = ["帮助", "四君子汤由哪些药组成？", "它治什么？", "我的数据", "重置"]
    for number, text in enumerate(asked):
        reply = service.say("oConsoleExported", text, str(9000 + number))
        generated = "AI生成" in reply and number in (1, 2)
        turns.append(
            {"kind": "text", "text": text, "message_id": str(9000 + number), "reply": reply,
             "generated": generated, "fault": "twice" if number == 1 else "normal"}
        )  # fmt: skip
    worker = service.workers()[0]
    conversation = {"model": f"{worker['model']}@{worker['version']}", "turns": turns}

    good, told = run(service, conversation, tmp_path)
    turns[0]["reply"] = "something else"
    bad, complaint = run(service, conversation, tmp_path)

    assert good == 0, told
    assert "1 passed" in told
    assert bad == 1
    assert "something else" in complaint


def run(service: RunningService, conversation: dict[str, Any], folder: Path) -> tuple[int, str]:
    """Export, and run the file as a stranger would, in a folder of its own."""
    import json
    from urllib.request import Request, urlopen

    data = json.dumps(conversation).encode()
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(f"{service.url}/console/export", data, headers)) as answer:
        (folder / "test_conversation.py").write_bytes(answer.read())
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_conversation.py"],
        cwd=folder,
        env=service.environment | {"REPLAY_URL": service.url, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr
