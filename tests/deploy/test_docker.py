"""The image is small, has no root and no torch; the compose file keeps what Redis holds."""

from __future__ import annotations

import fnmatch
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from workers.runner import TurnRunner
from xinglin.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "deploy" / "docker"
PROCFILE = dict(line.split(": ") for line in (ROOT / "Procfile").read_text().splitlines())


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"^\s*#.*\n", "", (DOCKER / "Dockerfile").read_text(), flags=re.MULTILINE)
    joined = re.sub(r"\\\n\s*", "", text)
    return [
        (name, rest)
        for name, _, rest in (line.partition(" ") for line in joined.splitlines())
        if name
    ]


@pytest.fixture
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
    return found


def test_hadolint_finds_no_fault() -> None:
    program = shutil.which("hadolint")
    if program is None:
        pytest.skip("hadolint is not installed (make test-tools)")

    done = subprocess.run(
        [program, str(DOCKER / "Dockerfile")], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "")


def test_the_last_stage_is_slim_and_has_no_root_and_no_compiler() -> None:
    steps = instructions()
    starts = [place for place, (name, _) in enumerate(steps) if name == "FROM"]
    last = steps[starts[-1] :]

    assert len(starts) == 2
    assert all("-slim" in steps[place][1] for place in starts)
    (user,) = [rest for name, rest in last if name == "USER"]
    assert user.split(":")[0].isdigit()
    assert user.split(":")[0] != "0"
    assert not any("apt-get" in rest or "pip" in rest for name, rest in last if name == "RUN")
    assert [name for name, _ in last].count("HEALTHCHECK") == 1


def test_the_image_gets_the_locked_files_and_no_torch() -> None:
    locked, own = [rest for name, rest in instructions() if "pip install" in rest]
    names = {name for name, _ in locked_requirements()}

    assert "--require-hashes --requirement requirements.txt" in locked
    assert re.search(r"pip install --no-cache-dir --no-deps \. ", own)
    assert "torch" not in names


def locked_requirements() -> list[tuple[str, str]]:
    """Name and everything after it of each locked file."""
    text = (ROOT / "deploy" / "requirements.txt").read_text().replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    return [(re.split("[=<>! ]", line)[0], line) for line in lines]


def test_every_locked_file_has_a_version_and_a_checksum() -> None:
    for name, line in locked_requirements():
        assert re.match(rf"{re.escape(name)}==[0-9][0-9a-z.]* ", line)
        assert re.search("--hash=sha256:[0-9a-f]{64}\\b", line)
        assert "://" not in line


def test_what_serving_needs_is_locked_at_versions_that_it_may_have() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = locked_requirements()
    for wanted in map(Requirement, project["dependencies"]):
        found = [re.split("[= ]+", line)[1] for name, line in locked if name == wanted.name]
        assert found, f"{wanted.name} is not locked: make lock"
        assert all(wanted.specifier.contains(version) for version in found)


def test_what_is_copied_exists_and_is_sent_to_the_builder() -> None:
    ignore = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in ignore if line.startswith("!")}
    sources = []
    for name, rest in instructions():
        if name == "COPY" and "--from" not in rest:
            sources += shlex.split(rest)[:-1]

    assert ignore[0] == "**"
    assert set(sources) == allowed
    assert all((ROOT / source).exists() for source in sources)
    wheel = re.search(r"wheel\.packages = \[(.*)\]", (ROOT / "pyproject.toml").read_text())
    assert wheel is not None
    assert set(re.findall(r'"(\w+)"', wheel[1])) <= allowed
    assert not any(fnmatch.fnmatch(".env", pattern) for pattern in allowed)


def test_compose_runs_the_procfiles_commands_twice_for_workers(compose: dict[str, Any]) -> None:
    (web,) = [rest for name, rest in instructions() if name == "CMD"]
    worker = compose["services"]["worker"]

    assert " ".join(yaml.safe_load(web)).startswith(PROCFILE["web"])
    assert " ".join(worker["command"]) == PROCFILE["worker"]
    assert worker["deploy"]["replicas"] == 2
    assert Path(DOCKER / compose["services"]["web"]["build"]["context"]).resolve() == ROOT


def test_compose_keeps_what_redis_holds(compose: dict[str, Any]) -> None:
    redis = compose["services"]["redis"]
    options = dict(zip(redis["command"][1::2], redis["command"][2::2], strict=True))

    assert options["--appendonly"] == "yes"
    assert options["--maxmemory-policy"] == "noeviction"
    assert redis["volumes"] == ["redis:/data"]
    assert "redis" in compose["volumes"]
    assert redis["networks"] == ["inside"]
    assert compose["networks"]["inside"]["internal"] is True
    assert "ports" not in redis


def test_compose_waits_for_health_restarts_and_lets_workers_drain(compose: dict[str, Any]) -> None:
    services = compose["services"]
    (drain_s,) = TurnRunner.drain.__defaults__ or (0,)

    for name in ("web", "worker"):
        assert services[name]["restart"] == "always"
        assert services[name]["depends_on"] == {"redis": {"condition": "service_healthy"}}
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    assert int(services["worker"]["stop_grace_period"].removesuffix("s")) >= drain_s + 15
    for name in ("worker", "redis"):
        assert services[name]["healthcheck"]["test"][0] == "CMD"
    assert services["web"]["ports"] == ["127.0.0.1:8000:8000"]


def test_the_containers_settings_are_settings(compose: dict[str, Any]) -> None:
    (env,) = [rest for name, rest in instructions() if name == "ENV"]
    pairs = dict(part.split("=", 1) for part in shlex.split(env))
    pairs |= compose["services"]["worker"]["environment"]

    settings = Settings.from_env(pairs)

    assert settings.redis_url == "redis://redis:6379/0"
    assert settings.log_format == "json"
