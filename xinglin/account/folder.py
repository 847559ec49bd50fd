"""Account folders: found by the setting, read, and written."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from xinglin.account.account import Account
from xinglin.account.bundle import MOST_FILES, TEXT_BYTES, UNPACKED_BYTES, Bundle, too_large
from xinglin.account.problems import Problems
from xinglin.account.read import BLOCKED, FILE, read_account
from xinglin.bilingual import Notice
from xinglin.errors import AccountError, SettingsError

SHIPPED = Path(__file__).resolve().parents[2] / "accounts"
NOTES_ENDINGS = (".jsonl", ".md", ".txt", ".csv")
VERIFY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.txt")
VERIFY_BYTES = 4096
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")


def find_folder(setting: str) -> Path:
    """Return the folder that `XINGLIN_ACCOUNT` names.

    Raises:
        SettingsError: there is none.
    """
    given = Path(setting).expanduser()
    if setting and (given / FILE).is_file():
        return given.resolve()
    if _NAME.fullmatch(setting):
        for home in (Path("accounts"), SHIPPED):
            if (home / setting).is_dir():
                return (home / setting).resolve()
    if setting and given.is_dir():
        return given.resolve()
    shipped = ", ".join(sorted(path.name for path in SHIPPED.glob("*") if path.is_dir()))
    raise SettingsError(
        Notice(
            f"XINGLIN_ACCOUNT is {setting!r}; there is no such folder, and the accounts that come"
            f" with Xinglin are: {shipped}. `xinglin init FOLDER` makes one",
            f"XINGLIN_ACCOUNT 是“{setting}”，没有这个文件夹；杏林自带的账号有：{shipped}。"
            "用 `xinglin init 文件夹` 可以新建一个",
        )
    )


def read_folder(folder: Path) -> Account:
    """Return the account of a folder; one that holds notes alone has the usual texts.

    Raises:
        AccountError: it cannot be used.
    """
    files = dict(read_bundle(folder).files)
    files.setdefault(FILE, b'name = "?"')
    return read_account(Bundle(files), str(folder))


def read_bundle(folder: Path) -> Bundle:
    """Read all files of an account folder; what does not belong to it is left alone.

    Raises:
        AccountError: a file cannot be read, or there is too much.
    """
    problems = Problems(str(folder))
    paths = list(_text_paths(folder, problems))
    notes = list(_note_paths(folder / "knowledge"))
    if problems.found:
        raise AccountError(problems.found)
    files = {path.relative_to(folder).as_posix(): path for path in paths}
    knowledge = {path.relative_to(folder / "knowledge").as_posix(): path for path in notes}
    return Bundle(
        _read_all(files, TEXT_BYTES, "texts, rules and verify/", "文字、规则和 verify/"),
        _read_all(knowledge, UNPACKED_BYTES, "knowledge/", "knowledge/"),
    )


def fingerprint(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return names, times and sizes of the files, to tell whether one changed."""
    problems = Problems(str(folder))
    paths = [*_text_paths(folder, problems), *_note_paths(folder / "knowledge")]
    rows = []
    for path in paths:
        try:
            state = path.stat()
        except OSError:  # it was removed meanwhile
            continue
        rows.append((str(path), state.st_mtime_ns, state.st_size))
    return tuple(rows)


def write_folder(folder: Path, bundle: Bundle) -> None:
    """Make a folder hold exactly these files of an account; other files stay.

    Raises:
        OSError: it cannot be written.
    """
    wanted = dict(bundle.files) | {f"knowledge/{p}": raw for p, raw in bundle.knowledge.items()}
    present = [*_text_paths(folder, Problems("")), *_note_paths(folder / "knowledge")]
    for path, content in wanted.items():
        target = folder / path
        if not target.is_file() or target.read_bytes() != content:
            write_file(target, content)
    for old in present:
        if old.relative_to(folder).as_posix() not in wanted:
            old.unlink()


def write_file(path: Path, content: bytes) -> None:
    """Write a file at once or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _text_paths(folder: Path, problems: Problems) -> Iterator[Path]:
    yield from (folder / name for name in (FILE, BLOCKED) if (folder / name).is_file())
    verify = folder / "verify"
    for path in sorted(verify.iterdir()) if verify.is_dir() else []:
        if path.name.startswith(".") or not path.is_file():
            continue
        if not VERIFY_NAME.fullmatch(path.name) or path.stat().st_size > VERIFY_BYTES:
            problems.add(
                (),
                f"verify/{path.name} is no verification file: they end in .txt and have at most"
                f" {VERIFY_BYTES} bytes; remove it",
                f"verify/{path.name} 不是验证文件（.txt，最多 {VERIFY_BYTES} 字节），请删去",
            )
            continue
        yield path


def _note_paths(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for path in sorted(folder.rglob("*")):
        is_note = path.suffix.lower() in NOTES_ENDINGS and not path.name.startswith(".")
        if is_note and path.is_file():
            yield path


def _read_all(paths: Mapping[str, Path], limit: int, what: str, what_zh: str) -> dict[str, bytes]:
    """Read files, none of them before it is known that all are small enough."""
    if len(paths) > MOST_FILES:
        raise AccountError(
            Notice(
                f"{what}: {len(paths):,} files; at most {MOST_FILES:,}, so put several into one",
                f"{what_zh} 有 {len(paths):,} 个文件，最多 {MOST_FILES:,} 个，请合并",
            )
        )
    try:
        size = sum(path.stat().st_size for path in paths.values())
        if size > limit:
            raise AccountError(too_large(what, what_zh, size, limit))
        return {name: path.read_bytes() for name, path in paths.items()}
    except OSError as error:
        raise AccountError(
            Notice(
                f"{error.filename}: cannot be read ({error.strerror})",
                f"{error.filename}：无法读取（{error.strerror}）",
            )
        ) from error
