"""The manifests hang together: labels, ports, probes, grace, and what may be disturbed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from flask.testing import FlaskClient

from workers.runner import TurnRunner
from xinglin.settings import Settings
from xinglin.store import Store

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
PROCFILE = dict(line.split(": ") for line in (ROOT / "Procfile").read_text().splitlines())
Manifest = dict[str, Any]


def manifests() -> list[Manifest]:
    return [
        found
        for path in sorted(FOLDER.glob("*.yaml"))
        for found in yaml.safe_load_all(path.read_text())
    ]


def named(kind: str, name: str) -> Manifest:
    (found,) = [m for m in manifests() if m["kind"] == kind and m["metadata"]["name"] == name]
    return found


def pod(name: str) -> Manifest:
    spec: Manifest = named("Deployment", name)["spec"]["template"]["spec"]
    return spec


def container(name: str) -> Manifest:
    (found,) = pod(name)["containers"]
    return dict(found)


def test_every_file_is_listed_but_the_optional_one() -> None:
    listed = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"]

    found = {path.name for path in FOLDER.glob("*.yaml")}
    assert found - set(listed) == {"kustomization.yaml", "keda.yaml"}
    assert set(listed) <= found


@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_deployment_selects_its_own_pods_and_keeps_one_when_disturbed(name: str) -> None:
    deployment = named("Deployment", name)
    labels = deployment["spec"]["template"]["metadata"]["labels"]

    assert deployment["spec"]["selector"]["matchLabels"] == labels
    assert deployment["spec"]["replicas"] == 2
    assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    budget = named("PodDisruptionBudget", name)["spec"]
    assert budget["selector"]["matchLabels"] == labels
    assert budget["minAvailable"] == 1


@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_pod_has_no_root_no_rights_and_no_foreign_settings(name: str) -> None:
    security = container(name)["securityContext"]

    assert pod(name)["securityContext"]["runAsNonRoot"] is True
    assert pod(name)["enableServiceLinks"] is False
    assert pod(name)["automountServiceAccountToken"] is False
    assert security["allowPrivilegeEscalation"] is False
    assert security["readOnlyRootFilesystem"] is True
    assert security["capabilities"] == {"drop": ["ALL"]}
    env = {entry["name"]: entry["value"] for entry in container(name)["env"]}
    assert Settings.from_env(env).redis_url == "redis://redis:6379/0"


@pytest.mark.parametrize("name", ["web", "worker"])
def test_every_pod_is_probed_three_ways(name: str) -> None:
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert ("exec" in container(name)[probe]) == (name == "worker")


def test_a_worker_may_drain_before_it_is_killed() -> None:
    (drain_s,) = TurnRunner.drain.__defaults__ or (0,)

    assert pod("worker")["terminationGracePeriodSeconds"] >= drain_s + 15
    assert " ".join(container("worker")["command"]) == PROCFILE["worker"]


def test_the_way_from_ingress_to_container_is_unbroken() -> None:
    service = named("Service", "web")
    (rule,) = named("Ingress", "web")["spec"]["rules"]
    (path,) = rule["http"]["paths"]

    assert path["path"] == "/wechat"
    assert path["backend"]["service"]["name"] == "web"
    (port,) = service["spec"]["ports"]
    assert port["name"] == path["backend"]["service"]["port"]["name"]
    labels = named("Deployment", "web")["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"] == labels
    assert port["targetPort"] in {found["name"] for found in container("web")["ports"]}


def test_redis_keeps_a_log_on_a_volume_and_evicts_nothing() -> None:
    spec = named("StatefulSet", "redis")["spec"]
    (found,) = spec["template"]["spec"]["containers"]
    options = dict(zip(found["args"][::2], found["args"][1::2], strict=True))

    assert options["--appendonly"] == "yes"
    assert options["--maxmemory-policy"] == "noeviction"
    (claim,) = spec["volumeClaimTemplates"]
    assert found["volumeMounts"] == [{"name": claim["metadata"]["name"], "mountPath": "/data"}]


@pytest.mark.redis
def test_keda_asks_for_metrics_that_exist(client: FlaskClient, store: Store) -> None:
    store.ping()
    shown = client.get("/metrics").text
    triggers = named("ScaledObject", "worker")["spec"]["triggers"]

    for trigger in triggers:
        metric = trigger["metadata"]["query"].removeprefix("max(").removesuffix(")")
        assert f"\n{metric} " in shown
    assert named("ScaledObject", "worker")["spec"]["scaleTargetRef"]["name"] == "worker"
