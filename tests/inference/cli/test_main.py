import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.cli.main import main
from tests.inference.conftest import MIXING

ROOT = Path(__file__).parents[3]
RUN = (sys.executable, "-m", "inference")


@pytest.fixture(autouse=True)
def no_model_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XINGLIN_MODEL", raising=False)


def run(*arguments: str, text: bytes = b"", **environment: str) -> subprocess.CompletedProcess:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "XINGLIN"))}
    return subprocess.run(
        [*RUN, *arguments],
        cwd=ROOT,
        env=env | environment,
        input=text,
        capture_output=True,
        check=False,
    )


def test_score_prints_one_json_object(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "汤.txt"
    file.write_text("桂枝汤。\n", "utf-8")

    status = main(["score", str(file), "--model", str(tiny_model), "--backend", "reference"])

    out, err = capsys.readouterr()
    report = json.loads(out)
    assert status == 0
    assert err == ""
    assert list(report) == [
        "file",
        "model",
        "backend",
        "bytes",
        "model_bytes",
        "characters",
        "bits_per_byte",
        "bits_per_model_byte",
        "bits_per_character",
        "seconds",
    ]
    assert (report["bytes"], report["model_bytes"], report["characters"]) == (13, 9, 5)
    assert (report["file"], report["model"]) == (str(file), "tiny")
    assert report["backend"] == "reference"
    assert report["bits_per_character"] * 5 == pytest.approx(report["bits_per_byte"] * 13, rel=1e-5)
    assert report["bits_per_model_byte"] * 9 == pytest.approx(
        report["bits_per_byte"] * 13, rel=1e-5
    )


def test_info_prints_the_card(tiny_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "--model", str(tiny_model)]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(
        (tiny_model / "config.json").read_text("utf-8")
    )


def test_model_of_the_environment_is_used(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XINGLIN_MODEL", str(tiny_model))
    assert main(["info"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "tiny"


def test_generate_prints_the_same_text_for_the_same_seed(
    tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = []
    for seed in ("1", "1", "2"):
        options = ["--model", str(tiny_model), "--backend", "reference", "--seed", seed]
        assert (
            main(["generate", "你好", "--raw", "--max-bytes", "20", "--top-e", "inf", *options])
            == 0
        )
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1] != texts[2]
    assert texts[0].endswith("\n")


def test_generate_answers_a_question_unless_raw(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "你\x07好", "--backend", "echo"]) == 0
    assert capsys.readouterr().out == "你好\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["generate", "x", "--model", "nowhere"], "model 'nowhere': there is no folder"),
        (["info", "--model", "./nowhere"], "model './nowhere': there is no folder"),
        (["generate", "x", "--backend", "cuda", "--isa", "sm_1"], "backend 'cuda': "),
        (["generate", " ", "--backend", "echo"], "the prompt is empty"),
        (["generate", "", "--backend", "echo", "--raw"], "the prompt is empty"),
        (["generate", "x", "--backend", "echo", "--temperature", "0"], "temperature is 0"),
        (["generate", "x", "--backend", "echo", "--max-bytes", "0"], "max_bytes is 0"),
        (["generate", "x", "--backend", "echo", "--seed", "-1"], "seed is -1"),
        (["generate", "x", "--backend", "echo", "--threads", "0"], "threads is 0"),
        (["score", "/nonexistent/file", "--backend", "echo"], "it cannot be read"),
        (["chat", "--backend", "echo", "--top-e", "nan"], "top_e is nan"),
    ],
)
def test_mistake_gets_a_sentence_and_status_1(
    arguments: list[str],
    sentence: str,
    tiny_model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XINGLIN_MODEL", str(tiny_model))
    assert main(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    lines = [line for line in err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    assert sentence in lines[0]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe"])
def test_file_that_cannot_be_scored_gets_a_sentence(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "f").write_bytes(content)
    assert main(["score", str(tmp_path / "f"), "--backend", "echo"]) == 1
    assert re.match(r"error: .*/f: (it is empty|byte 0 is not UTF-8)", capsys.readouterr().err)


@pytest.mark.parametrize(
    "arguments", [[], ["sing"], ["generate"], ["generate", "x", "--seed", "y"]]
)
def test_unknown_command_shows_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage: python -m inference" in capsys.readouterr().err


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "gbk"},
    ],
)
def test_output_is_utf_8_whatever_the_locale(environment: dict[str, str]) -> None:
    done = run("generate", "你好🍵", "--backend", "echo", **environment)
    assert done.returncode == 0
    assert done.stdout.decode("utf-8").strip() == "你好🍵"


def test_dash_reads_the_prompt_from_stdin() -> None:
    done = run("generate", "-", "--backend", "echo", text="第一行\n第二行\n".encode())
    assert done.stdout.decode().strip() == "第一行\n第二行"
    broken = run("generate", "-", "--backend", "echo", text=b"\xff")
    assert broken.returncode == 1
    assert b"error: the prompt is not UTF-8" in broken.stderr


def test_chat_talks_over_stdin_and_stdout() -> None:
    done = run("chat", "--backend", "echo", text="你好\n/quit\n".encode())
    assert done.returncode == 0
    assert "你好\n" in done.stdout.decode("utf-8")


def test_reader_that_goes_away_gets_no_traceback() -> None:
    command = [*RUN, "generate", "x" * 5000, "--backend", "echo", "--max-bytes", "5000"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_commands_need_no_torch() -> None:
    program = (
        "import sys; sys.modules['torch'] = None\n"
        "from inference.cli.main import main\n"
        "sys.exit(main(['generate', 'x', '--backend', 'echo']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, b"x\n")


@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_every_command_takes_a_model_that_reads_pairs(
    make_model: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    backend: str,
) -> None:
    model = make_model(codec="utf-16-be", context=40, **MIXING)
    text, packed, back = (tmp_path / name for name in ("a.txt", "a.xlc", "b.txt"))
    text.write_text("夫百病之生也，皆生于风寒暑湿燥火，以之化之变也。\n" * 3, "utf-8")

    def said(*arguments: str) -> str:
        assert main([*arguments, "--model", str(model), "--backend", backend]) == 0
        return capsys.readouterr().out

    assert main(["info", "--model", str(model)]) == 0
    assert json.loads(capsys.readouterr().out)["mixing"] is True
    assert said("generate", "桂枝汤", "--raw", "--max-bytes", "9", "--top-e", "inf").endswith("\n")
    assert said("generate", "桂枝汤治什么？", "--max-bytes", "12")
    report = json.loads(said("score", str(text)))
    assert report["model_bytes"] == 2 * report["characters"] == 150
    options = ("--option", "风寒", "--option", "暑湿")
    assert "answer: " in said("choose", "--question", "病从何来", *options)
    candidates = ("--candidate", "风寒", "--candidate", "暑湿")
    assert "%" in said("fill", "--text", "皆生于____燥火", *candidates)
    assert "verdict: " in said("judge", "--proposition", "人参性寒", "--negation", "人参性温")
    said("compress", str(text), str(packed))
    said("decompress", str(packed), str(back))
    assert back.read_bytes() == text.read_bytes()


def test_talk_with_a_model_that_reads_pairs(make_model: Callable[..., Path]) -> None:
    model = make_model(codec="utf-16-be", context=64, **MIXING)
    found = run(
        *("chat", "--model", str(model), "--backend", "cpu", "--max-bytes", "8"),
        text="何谓阴阳？\n再说\n".encode(),
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.count(b"\n") >= 2
