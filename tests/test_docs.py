"""Every link and picture of the documentation leads somewhere, and every page is in the site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("models/*/README.md")]
)
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(<?([^)\s>]+)>?[^)]*\)")
_HEADING = re.compile(r"^#{1,6} +(.+?)\s*#*$", re.MULTILINE)
_OUTSIDE = re.compile(r"^[a-z][a-z0-9+.-]*:")


def prose(page: Path) -> str:
    """The text without code, in which brackets mean something else."""
    return _CODE.sub("", _FENCE.sub("", page.read_text(encoding="utf-8")))


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings have, as GitHub and MkDocs both make them."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    plain = [re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", head) for head in _HEADING.findall(text)]
    return {re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", head.lower()).strip()) for head in plain}


def links() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        for target in _LINK.findall(prose(page)):
            if not _OUTSIDE.match(target):
                yield page, target


@pytest.mark.parametrize(
    ("page", "target"), list(links()), ids=lambda part: str(part).removeprefix(f"{ROOT}/")
)
def test_a_link_leads_somewhere(page: Path, target: str) -> None:
    name, _, anchor = unquote(target).partition("#")
    where = (page.parent / name).resolve() if name else page

    assert where.exists(), f"{page.relative_to(ROOT)} links to {target}"
    assert where.is_relative_to(ROOT)
    if anchor:
        assert anchor in anchors(where), f"{target}: there is no such heading"


def test_there_are_links_to_judge() -> None:
    found = list(links())

    assert len(found) > 80
    assert any(target.endswith(".png") for _, target in found)
    assert any("#" in target for _, target in found)


ROOMS = (
    "accounts|benchmarks|bot|deploy|docs|inference|knowledge|models|tests|training|workers|xinglin"
)
_CODES = re.compile(r"```.*?```|`[^`\n]+`|^ {4}\S.*$", re.DOTALL | re.MULTILINE)
_PATH = re.compile(rf"(?<![\w./<-])(?:{ROOMS})/[\w./*<>-]+")
_MODULE = re.compile(rf"python3? -m ((?:{ROOMS})(?:\.\w+)*)")
_EXAMPLE = re.compile(r"[*<]|(accounts|models)/(mine|reader|NAME)\b|tests/x/")
# `| step | `file` | `name` |` in a table, and `name` (`file`) in a sentence.
_ROW = re.compile(r"^\|[^|\n]+\| `([\w/.]+\.\w+)` \| `([\w.:]+)` \|", re.MULTILINE)
_REFERENCE = re.compile(r"Reference: (inference/[\w/]+\.py)(?:, (\w+)\.)?")
_BESIDE = re.compile(r"`(\w+)`\s\(`([\w/.]+\.\w+)`")


def named_files() -> Iterator[tuple[Path, str]]:
    """Yield the files, folders and modules that pages name in code."""
    for page in [*PAGES, ROOT / "benchmarks" / "README.md"]:
        for code in _CODES.findall(page.read_text("utf-8")):
            yield from ((page, name.rstrip("./")) for name in _PATH.findall(code))
            yield from ((page, name.replace(".", "/")) for name in _MODULE.findall(code))


def test_what_a_page_names_is_there() -> None:
    named = {(page, name) for page, name in named_files() if not _EXAMPLE.search(name)}

    assert len(named) > 250
    lost = [
        (page.name, name)
        for page, name in named
        if not any((ROOT / f"{name}{ending}").exists() for ending in ("", ".py", "/__main__.py"))
        and not (page.name == "testing.md" and (ROOT / "tests" / name).exists())
    ]
    assert lost == []


def test_a_function_that_a_page_names_is_in_its_file() -> None:
    named = {
        (file, name.replace("::", ".").split(".")[-1])
        for page in PAGES
        for text in [page.read_text("utf-8")]
        for file, name in [*_ROW.findall(text), *(pair[::-1] for pair in _BESIDE.findall(text))]
    }

    assert len(named) > 25
    lost = [
        (file, name)
        for file, name in named
        if (ROOT / file).exists()
        and not re.search(rf"\b{name}\b", (ROOT / file).read_text("utf-8"))
    ]
    assert lost == []


_TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


def test_a_test_that_the_list_of_faults_names_is_there() -> None:
    listed = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8").partition("## Faults")[2]
    named = _TEST.findall(listed)

    assert len(named) > 60
    missing = [
        (file, test)
        for file, test in named
        if not (ROOT / "tests" / file).is_file()
        or f"def {test}(" not in (ROOT / "tests" / file).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_the_reference_that_a_kernel_names_is_there() -> None:
    sources = [path for path in (ROOT / "inference" / "csrc").rglob("*") if path.is_file()]
    named = {
        (file, name)
        for path in sources
        for file, name in _REFERENCE.findall(path.read_text("utf-8"))
    }

    assert len(named) > 10
    assert [
        (file, name)
        for file, name in named
        if not re.search(rf"(def|class) {name}", (ROOT / file).read_text("utf-8"))
    ] == []


def test_the_readme_has_a_line_for_every_folder() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").partition("| folder |")[2]
    rooms = [
        ROOT / name for name in ("bot", "xinglin", "workers", "inference", "training", "tests")
    ]
    folders = [path for room in rooms for path in room.iterdir() if any(path.glob("*.py"))]
    second = {path.name for path in folders if path.parent.name != "tests"} | {"system", "tools"}

    assert len(second) > 15
    assert sorted(name for name in second if f"{name}/" not in readme) == []


def site_pages(entry: object) -> Iterator[str]:
    """Yield the pages of a part of the site's navigation."""
    if isinstance(entry, str):
        yield entry
    elif isinstance(entry, list):
        for one in entry:
            yield from site_pages(one)
    elif isinstance(entry, dict):
        for one in entry.values():
            yield from site_pages(one)


def test_every_page_is_in_the_site_and_no_other() -> None:
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    kept = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}

    listed = list(site_pages(site["nav"]))

    assert sorted(listed) == sorted(kept)


def test_every_picture_of_the_documentation_is_shown_somewhere() -> None:
    shown = {(page.parent / target).resolve() for page, target in links()}
    pictures = {path.resolve() for path in (ROOT / "docs" / "images").glob("console*.png")}

    assert pictures <= shown


def test_pages_in_two_languages_name_each_other() -> None:
    for chinese in (ROOT / "docs").glob("*.zh.md"):
        english = chinese.with_name(chinese.name.replace(".zh", ""))
        assert chinese.name in english.read_text(encoding="utf-8"), chinese.name
        assert english.name in chinese.read_text(encoding="utf-8"), chinese.name


def test_no_page_or_message_tells_to_replace_the_installation() -> None:
    """An extra that is installed without --editable puts a copy in the place of this folder."""
    places = [*PAGES, ROOT / "benchmarks" / "README.md", ROOT / "Makefile"]
    rooms = ROOMS.replace("|tests", "").replace("|deploy", "").split("|")
    places += [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    told = [
        (path.relative_to(ROOT).as_posix(), line)
        for path in places
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"pip[^|]* install (?!--editable)['\"]?(\.|xinglin)\[", line)
    ]

    assert told == []


def test_no_page_asks_an_admin_call_of_a_service_that_has_none() -> None:
    """`make run` has no /admin without a token: a page that calls it there names the setting."""
    found = [
        (page.relative_to(ROOT).as_posix(), part)
        for page in PAGES
        for part in page.read_text("utf-8").split("\n\n")
        if re.search(r":5000/admin|curl[^`]*/admin", part) and "XINGLIN_ADMIN_TOKEN=" not in part
    ]

    assert found == []
