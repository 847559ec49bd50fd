"""The map of the house, as a test: which way imports point, and where outside packages live."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("bot", "xinglin", "knowledge", "workers", "inference", "training")

# bot -> xinglin <- workers -> knowledge -> inference <- training -> knowledge
MAY_IMPORT = {
    "bot": {"bot", "xinglin"},
    "xinglin": {"xinglin"},
    "knowledge": {"knowledge", "xinglin", "inference"},
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
    "re2": ("xinglin/account/",),
    "rq": ("xinglin/store/", "workers/"),
    "prometheus_client": ("bot/metrics",),
    "limits": ("xinglin/store/rate_limits",),
    "cryptography": ("xinglin/wechat/crypto", "xinglin/store/encryption"),
}

OUTSIDE_THE_MIRROR = ("tests/system/", "tests/tools/")
HARNESS = {"tests/test_architecture.py", "tests/test_docs.py", "tests/test_glossary.py"}
QUESTIONS = ("What", "How", "Which", "Who", "Whether", "Where", "Why")

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


def subjects(test: Path) -> Iterator[str]:
    """What a test's name may mean: `test_outbox_order` tests `outbox_order` or `outbox`."""
    words = test.stem.removeprefix("test_").split("_")
    for count in range(len(words), 0, -1):
        yield "_".join(words[:count])


def is_mirror(test: Path) -> bool:
    """Whether the module, folder or C++ that a test is named after stands at its place."""
    place = test.relative_to(ROOT / "tests").parent
    for folder in (ROOT / place, ROOT / "tests" / place):
        for name in subjects(test):
            if any(
                (folder / kind).exists()
                for kind in (f"{name}.py", name, f"{name}.cpp", f"{name}.sh")
            ):
                return True
    return False


def test_tests_stand_where_their_modules_do() -> None:
    tests = sorted((ROOT / "tests").rglob("test_*.py"))
    places = {path: path.relative_to(ROOT).as_posix() for path in tests}
    judged = [
        path
        for path, place in places.items()
        if not place.startswith(OUTSIDE_THE_MIRROR) and place not in HARNESS
    ]

    assert len(judged) > 150
    assert [places[path] for path in judged if not is_mirror(path)] == []


def test_no_docstring_of_a_module_begins_with_a_question() -> None:
    begun = {}
    for path in [*source_files(), *sorted((ROOT / "benchmarks").rglob("*.py"))]:
        said = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        begun[path.relative_to(ROOT).as_posix()] = said.split(" ")[0].rstrip("?,:")

    assert {place for place, word in begun.items() if word in QUESTIONS} == set()
    assert all(begun.values()), [place for place, word in begun.items() if not word]


def test_the_engine_exports_its_public_surface() -> None:
    import inference

    for name in inference.__all__:
        assert getattr(inference, name).__module__.startswith("inference."), name
    assert {"Engine", "EngineConfig", "SamplingConfig"} <= set(inference.__all__)
    with pytest.raises(AttributeError):
        inference.Nothing  # noqa: B018


def test_every_room_has_files_to_judge() -> None:
    found = {path.relative_to(ROOT).parts[0] for path in source_files()}

    assert found == set(ROOMS)


def test_no_source_file_is_too_long_to_hold_in_one_head() -> None:
    long = [str(path) for path in source_files() if len(path.read_text().splitlines()) > 400]

    assert long == []


def test_the_store_and_the_handlers_are_given_their_clocks() -> None:
    """They wait, and a test must not; `time_limit.py` has its deadline from whoever asks."""
    found = [
        path.relative_to(ROOT).as_posix()
        for room in ("xinglin/store", "bot/handlers")
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("time.")
    ]

    assert set(found) <= {"xinglin/store/time_limit.py"}
