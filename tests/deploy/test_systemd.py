"""The units start what is there, come back, drain, and are shut in."""

from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from workers.runner import TurnRunner
from xinglin.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "deploy" / "systemd"
WEB, WORKER = "xinglin-web.service", "xinglin-worker@.service"
BIN = "/opt/xinglin/.venv/bin/"


def read(name: str) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(UNITS / name)
    return unit


@pytest.fixture
def analyze(tmp_path: Path) -> list[str]:
    """The verifier, for units whose programs are this environment's."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed (make test-tools)")
    for unit in UNITS.iterdir():
        text = unit.read_text().replace(BIN, f"{tmp_path}/")
        (tmp_path / unit.name).write_text(text)
    for name in ("gunicorn", "rq"):
        (tmp_path / name).symlink_to(sys.executable)
    return [program]


def test_systemd_finds_no_fault(analyze: list[str], tmp_path: Path) -> None:
    names = [WEB, WORKER.replace("@", "@1"), "xinglin.target"]
    units = [str(tmp_path / name) for name in names]

    done = subprocess.run(
        [*analyze, "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("name", [WEB, WORKER])
def test_a_service_is_shut_in(analyze: list[str], tmp_path: Path, name: str) -> None:
    command = [*analyze, "security", "--offline=true", "--threshold=20", str(tmp_path / name)]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze cannot judge units offline (250 and newer can)")
    assert done.returncode == 0, done.stdout[-300:]


@pytest.mark.parametrize("name", [WEB, WORKER])
def test_a_service_comes_back_whatever_happens_but_not_from_bad_settings(name: str) -> None:
    unit = read(name)

    assert unit["Service"]["Restart"] == "always"
    assert unit["Service"]["RestartPreventExitStatus"] == "2"
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
    assert unit["Service"]["User"] == "xinglin"


def test_a_worker_has_longer_to_stop_than_a_drain_takes() -> None:
    (drain_s,) = TurnRunner.drain.__defaults__ or (0,)

    assert int(read(WORKER)["Service"]["TimeoutStopSec"]) >= drain_s + 15


def test_workers_share_a_folder_that_they_may_write() -> None:
    service = read(WORKER)["Service"]
    var = next(one for one in service["Environment"].split() if one.startswith("XINGLIN_VAR="))

    assert var == f"XINGLIN_VAR=/var/cache/{service['CacheDirectory']}"
    assert service["ProtectSystem"] == "strict"


def test_the_commands_are_those_of_the_procfile() -> None:
    for name, role in ((WEB, "web"), (WORKER, "worker")):
        procfile = dict(line.split(": ") for line in (ROOT / "Procfile").read_text().splitlines())

        command = read(name)["Service"]["ExecStart"]

        assert command.removeprefix(BIN).startswith(procfile[role])


def test_the_sample_settings_are_settings() -> None:
    lines = (ROOT / "deploy" / "xinglin.env").read_text().splitlines()
    pairs = [line.removeprefix("#").split("=", 1) for line in lines if "XINGLIN_" in line[:9]]

    settings = Settings.from_env(dict(pairs))

    assert settings.redis_url
    assert len(pairs) == 14
