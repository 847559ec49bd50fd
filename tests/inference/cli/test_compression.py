"""`python -m inference compress` and `decompress`."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.cli import compression
from inference.cli.main import main
from inference.compression import files
from inference.errors import CompressionError

MakeMemory = Callable[..., Path]

ROOT = Path(__file__).parents[3]
TEXT = "桂枝汤方：桂枝三两，芍药三两。\r\n".encode()


@pytest.fixture
def use(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the tiny model the one that is used."""
    monkeypatch.setenv("XINGLIN_MODEL", str(tiny_model))
    return tiny_model


# Whoever runs the tests in the background has SIGINT ignored, and a child inherits that.
RUN = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "from inference.__main__ import main; sys.exit(main())"
)


def start(*arguments: str | Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.usefixtures("use")
@pytest.mark.parametrize("options", [[], ["--block", "1024", "--threads", "2"]])
def test_file_comes_back_and_nothing_else_is_said_or_left(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, packed, back = (tmp_path / name for name in ("方.txt", "方.xlc", "方2.txt"))
    source.write_bytes(TEXT * 50)

    assert main(["compress", *options, str(source), str(packed)]) == 0
    assert main(["decompress", str(packed), str(back)]) == 0

    assert back.read_bytes() == source.read_bytes()
    assert capsys.readouterr() == ("", "")
    assert sorted(tmp_path.iterdir()) == sorted([source, packed, back])


@pytest.mark.usefixtures("use")
def test_memory_is_needed_both_ways(
    tmp_path: Path, make_memory: MakeMemory, capsys: pytest.CaptureFixture[str]
) -> None:
    source, packed, back = (tmp_path / name for name in ("方.txt", "方.xlc", "方2.txt"))
    source.write_bytes(TEXT * 50)
    memory = ["--memory", str(make_memory(TEXT.decode()))]

    assert main(["compress", *memory, str(source), str(packed)]) == 0
    assert main(["decompress", str(packed), str(back)]) == 1
    assert "none is given; name that memory with --memory" in capsys.readouterr().err
    assert main(["decompress", *memory, str(packed), str(back)]) == 0
    assert back.read_bytes() == source.read_bytes()

    assert main(["compress", *memory, "--mode", "alone", "--force", str(source), str(packed)]) == 1
    assert "a memory is only mixed in" in capsys.readouterr().err


@pytest.mark.usefixtures("use")
def test_dash_is_stdin_and_stdout() -> None:
    packed, _ = start("compress", "-", "-").communicate(TEXT)
    back, error = start("decompress", "-", "-").communicate(packed)
    assert (back, error) == (TEXT, b"")


@pytest.mark.usefixtures("use")
def test_file_that_is_there_is_replaced_only_when_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, packed = tmp_path / "a", tmp_path / "b"
    source.write_bytes(TEXT)
    packed.write_bytes(b"mine")

    assert main(["compress", str(source), str(packed)]) == 1
    assert packed.read_bytes() == b"mine"
    assert "b: it is there already; replace it with --force" in capsys.readouterr().err

    assert main(["compress", "--force", str(source), str(packed)]) == 0
    assert main(["decompress", "--force", str(packed), str(packed)]) == 0
    assert packed.read_bytes() == TEXT


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["compress", "nothing", "out"], "nothing: it cannot be read (No such file"),
        (["compress", ".", "out"], ".: it cannot be read (Is a directory)"),
        (["compress", "in", "."], ".: it is a folder; name a file"),
        (["compress", "in", "nowhere/out"], "out: it cannot be written (No such file"),
        (["compress", "in", "\udcff" * 300], "it cannot be written (File name too long)"),
        (["compress", "in", "pipe"], "pipe: it is no ordinary file"),
        (["compress", "in", "out", "--block", "1"], "block is 1; it must be from 1024"),
        (["compress", "in", "out", "--threads", "0"], "threads is 0"),
        (["compress", "in", "out", "--backend", "echo"], "'echo' has no model"),
        (["decompress", "in", "out"], "this is not a file that `compress` made"),
        (["decompress", "empty", "out"], "it is empty"),
        (["compress", "in", "out", "--model", "nowhere"], "there is no folder"),
        (["compress", "in", "out", "--memory", "nowhere"], "nowhere: the memory cannot be read"),
        (["compress", "in", "out", "--memory", "in"], "in: this is not a file that `memory build`"),
        (["decompress", "in", "out", "--memory", "empty"], "empty: the memory is empty"),
    ],
)
@pytest.mark.usefixtures("use")
def test_mistake_gets_one_sentence_and_leaves_no_file(
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").write_bytes(TEXT)
    Path("empty").write_bytes(b"")
    os.mkfifo("pipe")

    assert main(arguments) == 1

    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    assert sentence in lines[0]
    assert sorted(map(str, Path().iterdir())) == ["empty", "in", "pipe"]


@pytest.mark.usefixtures("use")
def test_damage_found_late_leaves_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, packed, back = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    source.write_bytes(random.Random(1).randbytes(300_000))
    main(["compress", str(source), str(packed)])
    packed.write_bytes(packed.read_bytes()[:-1])

    assert main(["decompress", str(packed), str(back)]) == 1
    assert "error: the file is cut short" in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == [source, packed]


@pytest.mark.usefixtures("use")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    with start("compress", "-", tmp_path / "out") as process:
        assert process.stdin is not None
        assert process.stderr is not None
        # More than a frame: it is at work when the signal comes, and waits for more.
        process.stdin.write(random.Random(2).randbytes(600_000))
        process.stdin.flush()
        while not list(tmp_path.iterdir()):
            assert process.poll() is None
        process.send_signal(number)
        assert process.wait() in {130, 128 + number}
        assert b"Traceback" not in process.stderr.read()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("use")
def test_closed_stdin_gets_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(CompressionError, match="stdin is closed"), files.open_source("-"):
        pass


@pytest.mark.usefixtures("use")
def test_terminal_gets_a_bar_and_no_packed_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a").write_bytes(TEXT * 20)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    assert main(["compress", str(tmp_path / "a"), "-"]) == 1
    assert "stdout is a terminal" in capsys.readouterr().err
    assert main(["compress", str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "] 100%" in err
    assert err.endswith(
        f"{len(TEXT) * 20} bytes, compressed {(tmp_path / 'b').stat().st_size}"
        f" ({(tmp_path / 'b').stat().st_size / len(TEXT) / 20:.1%})\n"
    )


def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    with files.open_sink(str(tmp_path / "out"), replace=False) as sink:
        sink.write(b"x")
    (tmp_path / "plain").write_bytes(b"x")
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "link").symlink_to("target")
    with files.open_sink(str(tmp_path / "link"), replace=True) as sink:
        sink.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"


def test_signals_are_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with compression.ended_by_signals():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
