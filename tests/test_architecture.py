"""The map of the house, as a test: which way imports point, and where outside packages live."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("bot", "xinglin", "knowledge", "workers", "inference", "training")

MAY_IMPORT = {
    "bot": {"bot", "xinglin"},
    "xinglin": {"xinglin"},
    "knowledge": {"knowledge", "xinglin"},
    "workers": {"workers", "xinglin", "knowledge", "inference"},
    "inference": {"inference"},
    "training": {"training", "knowledge", "inference"},
}

HOMES = {
    "flask": ("bot/",),
    "werkzeug": ("bot/",),
    "click": ("bot/cli/",),
    "redis": ("xinglin/store/",),
    "sqlite3": ("knowledge/library/",),
    "wechatpy": ("xinglin/wechat/",),
    "requests": ("xinglin/wechat/",),
    "torch": ("training/torch/", "training/cores.py"),
    "triton": ("training/torch/fused/",),
    "matplotlib": ("training/",),
    "ctypes": ("inference/backends/native", "training/native"),
    "rq": ("xinglin/store/", "workers/"),
    "prometheus_client": ("bot/metrics",),
    "limits": ("xinglin/store/rate_limits",),
    "cryptography": ("xinglin/wechat/crypto", "xinglin/store/encryption"),
}

NEVER = ("pickle", "dill", "cloudpickle", "fakeredis")


def source_files() -> list[Path]:
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def imported_names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield node.module or ""


@pytest.mark.parametrize("path", source_files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_one_way_and_packages_stay_home(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    room = place.split("/")[0]

    for name in imported_names(path):
        package = name.split(".")[0]
        if package in ROOMS:
            assert package in MAY_IMPORT[room], f"{place} imports {name}"
        if package in HOMES:
            assert place.startswith(HOMES[package]), f"{place} imports {name}"
        assert package not in NEVER, f"{place} imports {name}"


def test_of_xinglin_the_knowledge_sees_the_normal_form_alone() -> None:
    """It could be lifted out with `xinglin.normal`: no settings, store or platform in it."""
    for path in sorted((ROOT / "knowledge").rglob("*.py")):
        names = [name for name in imported_names(path) if name.split(".")[0] == "xinglin"]

        assert all(name.startswith("xinglin.normal") for name in names), path


def test_every_room_has_files_to_judge() -> None:
    found = {path.relative_to(ROOT).parts[0] for path in source_files()}

    assert found == set(ROOMS)


def test_no_source_file_is_too_long_to_hold_in_one_head() -> None:
    long = [str(path) for path in source_files() if len(path.read_text().splitlines()) > 400]

    assert long == []
