"""The map of the house, as a test: which way imports point, and where outside packages live."""

from __future__ import annotations

import ast
import csv
import re
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
    "sqlite3": ("knowledge/library/", "xinglin/backup/collecting.py"),
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
QUESTIONS = ("What", "How", "Which", "Who", "Whether", "Where", "When", "Why")

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
    """Yield modules that a name may mean: `test_outbox_order`: `outbox_order` or `outbox`."""
    words = test.stem.removeprefix("test_").split("_")
    for count in range(len(words), 0, -1):
        yield "_".join(words[:count])


def is_mirror(test: Path) -> bool:
    """Return whether the module, folder or C++ that a test is named after stands at its place."""
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


def test_a_module_has_a_docstring_and_no_docstring_begins_with_a_question() -> None:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    rest = (path for room in ("benchmarks", "tests") for path in (ROOT / room).rglob("*.py"))
    begun = {}
    for path in [*source_files(), *sorted(rest)]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, documented):
                name = f"{path.relative_to(ROOT)}: {getattr(node, 'name', 'module')}"
                begun[name] = (ast.get_docstring(node) or "").split(" ")[0].rstrip("?,:")

    assert {name for name, word in begun.items() if word in QUESTIONS} == set()
    silent = [name for name, word in begun.items() if name.endswith(": module") and not word]
    assert [name for name in silent if not name.startswith("tests/")] == []


def test_the_engine_exports_its_public_surface() -> None:
    import inference

    for name in inference.__all__:
        assert getattr(inference, name).__module__.startswith("inference."), name
    assert {"Engine", "EngineConfig", "SamplingConfig"} <= set(inference.__all__)
    with pytest.raises(AttributeError):
        inference.Nothing  # noqa: B018 - it is asked for


def test_nothing_of_medicine_lives_in_the_engine() -> None:
    """An account brings its subject; names of herbs and formulas are those of the shipped one."""
    tables = (ROOT / "accounts/tcm/knowledge").glob("*.csv")
    names = {
        row[0].split("、")[0]
        for table in tables
        for row in csv.reader(table.read_text("utf-8-sig").splitlines()[1:])
    }
    words = re.compile("|".join([*map(re.escape, names), *"药医病", "herb", "medic", "doctor"]))
    sources = [
        path
        for path in sorted((ROOT / "inference").rglob("*"))
        if path.suffix in {".py", ".json", ".h", ".cpp", ".cu", ".cuh", ".txt"}
    ]
    told = {path: words.search(path.read_text("utf-8").lower()) for path in sources}

    assert len(names) > 300
    assert len(sources) > 200
    assert {str(path): found[0] for path, found in told.items() if found} == {}


def test_what_a_checker_is_told_to_pass_over_has_its_reason_beside_it() -> None:
    passed = re.compile(r"# (?:noqa|type: ignore)(.*)$", re.MULTILINE)
    reason = re.compile(r"(?::\s?[A-Z0-9, ]+|\[[a-z-]+\])(?:  # noqa: \w+)? +[-#] \w")
    paths = [*source_files(), *(ROOT / "benchmarks").rglob("*.py")]
    found = [(str(p), said) for p in paths for said in passed.findall(p.read_text("utf-8"))]

    assert len(found) > 20
    assert [one for one in found if not reason.match(one[1])] == []


def test_every_room_has_files_to_judge() -> None:
    found = {path.relative_to(ROOT).parts[0] for path in source_files()}

    assert found == set(ROOMS)


def test_no_source_file_is_too_long_to_hold_in_one_head() -> None:
    long = [str(path) for path in source_files() if len(path.read_text().splitlines()) > 400]

    assert long == []


def test_what_waits_is_given_its_clock() -> None:
    """A test must not wait; `time_limit.py` has its deadline from whoever asks."""
    waits = ("time.monotonic", "time.sleep", "time.perf_counter")
    found = [
        path.relative_to(ROOT).as_posix()
        for room in ("xinglin", "bot", "workers")
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in waits
    ]

    assert set(found) <= {"xinglin/store/time_limit.py"}
