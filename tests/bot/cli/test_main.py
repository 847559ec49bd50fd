"""Whatever is typed, a command ends with a sentence and a status, never with a traceback."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import get_completion_class

from bot.cli.backup import backup, restore
from bot.cli.check import check
from bot.cli.drain import drain
from bot.cli.main import xinglin
from bot.cli.requeue import requeue
from bot.cli.status import status
from tests.bot.cli.conftest import Command
from xinglin.store import Store

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = tuple(xinglin.commands)


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS), ("menu", "push")])
def test_every_command_explains_itself(bare: Command, command: tuple[str, ...]) -> None:
    ended = bare(*command, "--help")

    assert ended.code == 0
    assert ended.out.startswith(f"Usage: {' '.join(('xinglin', *command))}")
    if not command:
        assert all(f"\n  {name} " in ended.out for name in COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["dance"], "dance"),
        (["status", "--loud"], "--loud"),
        (["drain", "--timeout", "soon", "--all"], "soon"),
        (["drain", "--timeout", "nan", "--all"], "'nan' is not a number"),
        (["erase"], "USER"),
        (["reload", "m", "--url", "ftp://x"], "XINGLIN_ADMIN_TOKEN"),
        (["run", "--port", "99999"], "99999"),
        (["status"], "XINGLIN_REDIS_URL is not set"),
        (["requeue"], "XINGLIN_REDIS_URL is not set"),
        (["chat", "你好"], "XINGLIN_WECHAT_TOKEN is not set"),
        (["menu", "push", "missing.json"], "missing.json cannot be read"),
        (["--env-file", "missing.env", "status"], "missing.env"),
        (["--env-file", ".", "status"], "directory"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_status_2(
    bare: Command, tmp_path: Path, arguments: list[str], words: str
) -> None:
    ended = bare(*arguments, var=str(tmp_path))

    assert ended.code == 2
    assert ended.err.startswith("xinglin: ")
    assert ended.err.count("\n") <= 2, "one sentence a language"
    assert words in ended.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["dance"], "命令写得不对"),
        (["status", "--loud"], "没有 --loud 这个选项"),
        (["erase"], "缺少 'USER'"),
        (["drain", "--timeout", "soon", "--all"], "'--timeout' 的值不对"),
        (["requeue"], "没有设 XINGLIN_REDIS_URL"),
        (["--env-file", "missing.env", "status"], "没有这个文件或文件夹"),
        (["reload", "mine"], "没有设 XINGLIN_ADMIN_TOKEN"),
    ],
)
def test_in_a_chinese_terminal_chinese_comes_first(
    bare: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")

    ended = bare(*arguments, var=str(tmp_path))

    chinese, english = ended.err.splitlines()
    assert ended.code == 2
    assert chinese.startswith("xinglin: ")
    assert words in chinese
    assert not re.search("[一-鿿]", english)


def test_a_redis_that_is_away_or_no_address_is_said(bare: Command, tmp_path: Path) -> None:
    away = bare("status", redis_url=f"unix://{tmp_path}/none.sock")
    nonsense = bare("status", redis_url="nonsense")

    assert (away.code, nonsense.code) == (2, 2)
    assert f"Redis is away at unix://{tmp_path}/none.sock" in away.err
    assert f"连不上 Redis（unix://{tmp_path}/none.sock）" in away.err
    assert "not an address of Redis" in nonsense.err


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("redis://:sesame@127.0.0.1:1/0", "127.0.0.1:1"),
        ("redis://user:sesame@127.0.0.1:1/0?password=sesame", "127.0.0.1:1"),
        ("redis+sentinel://:sesame@127.0.0.1:1,127.0.0.1:2/main", "127.0.0.1:1,127.0.0.1:2/main"),
    ],
)
def test_the_address_of_a_redis_that_is_away_is_said_and_no_password(
    bare: Command, url: str, place: str
) -> None:
    ended = bare("status", redis_url=url)

    assert ended.code == 2
    assert place in ended.err
    assert "sesame" not in ended.err
    assert "XINGLIN_REDIS_URL" in ended.err


def test_a_password_that_redis_does_not_take_is_said(bare: Command, store: Store) -> None:
    store.redis.execute_command("ACL", "SETUSER", "owner", "on", ">right", "~*", "+@all")
    path = store.redis.connection_pool.connection_kwargs["path"]
    try:
        ended = bare("status", redis_url=f"unix://owner:sesame@{path}")
    finally:
        store.redis.execute_command("ACL", "DELUSER", "owner")

    assert ended.code == 2
    assert "does not take the user or password" in ended.err
    assert "密码" in ended.err
    assert "sesame" not in ended.err


def test_settings_come_from_an_env_file(
    bare: Command, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XINGLIN_REDIS_URL", "")  # so that what the file sets is undone
    file = tmp_path / "xinglin.env"
    file.write_text(f'# a comment\n\nexport XINGLIN_REDIS_URL="{redis_url}"\n')

    ended = bare("--env-file", str(file), "status")

    assert ended.code == 1
    assert "0 worker(s) alive" in ended.out


@pytest.mark.parametrize("raw", [b"XINGLIN_MODEL\n", b"\xff\xfe", b"A=\0b\n", b"x" * (2 << 20)])
def test_a_file_that_is_none_of_settings_is_refused(
    bare: Command, tmp_path: Path, raw: bytes
) -> None:
    file = tmp_path / "file"
    file.write_bytes(raw)

    ended = bare("--env-file", str(file), "status")

    assert ended.code == 2
    assert str(file) in ended.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shells_complete_commands_and_options(shell: str) -> None:
    kind = get_completion_class(shell)
    assert kind is not None
    completion = kind(xinglin, {}, "xinglin", "_XINGLIN_COMPLETE")

    assert "_XINGLIN_COMPLETE" in completion.source()
    assert [found.value for found in completion.get_completions([], "re")] == [
        "reload",
        "requeue",
        "restore",
    ]
    assert [found.value for found in completion.get_completions(["drain"], "--r")] == ["--rolling"]


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m bot.cli --help | true; echo ${{PIPESTATUS[0]}}"

    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stderr == ""


def test_every_command_and_option_is_in_the_runbook() -> None:
    runbook = (ROOT / "docs" / "operations.md").read_text()
    rows = [line for line in runbook.splitlines() if line.startswith("| `")]

    for name in COMMANDS:
        assert any(f"`{name}" in row.split(" | ")[0] for row in rows), name
    table = " ".join(rows)
    for command in (drain, requeue, status, check, backup, restore):
        flags = {option for param in command.params for option in param.opts if "--" in option}
        assert flags - {"--timeout"} <= {word.strip("`[]|\\") for word in table.split()}


@pytest.mark.parametrize("name", ["deployment.md", "deployment.zh.md", "operations.md"])
def test_files_that_the_documents_name_exist(name: str) -> None:
    text = (ROOT / "docs" / name).read_text()

    linked = set(re.findall(r"\]\(([\w./-]+\.md)(?:#[\w-]+)?\)", text))
    shipped = set(re.findall(r"(?<![\w/])deploy/[\w./-]*\w", text))
    assert linked
    assert all((ROOT / "docs" / path).exists() for path in linked)
    assert all((ROOT / path).exists() for path in shipped), shipped
