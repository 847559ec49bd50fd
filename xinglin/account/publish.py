"""Publishing a folder, going back, and bringing a version into a folder."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from xinglin.account.bundle import Bundle, unpack_notes, unpack_texts
from xinglin.account.folder import read_bundle, write_file, write_folder
from xinglin.account.read import read_account
from xinglin.bilingual import Notice
from xinglin.errors import AccountBehind, AccountError
from xinglin.store.account_registry import AccountRegistry, AccountVersion, Published

STATE_FILE = ".published"
"""Version that a folder was last published as, or pulled from."""


def publish_bundle(
    registry: AccountRegistry,
    bundle: Bundle,
    *,
    base: int | None,
    by: str,
    source: str = "folder",
    place: str = "",
    now: Callable[[], float] = time.time,
) -> Published:
    """Check an account's files and make them the version in force.

    Args:
        registry: the account in Redis.
        bundle: the files; their notes were checked already.
        base: the version that was changed; None: whatever there is.
        by: who publishes.
        source: where the change was made.
        place: the folder, for the sentences.
        now: the clock.

    Raises:
        AccountBehind: somebody published since `base`; nothing was changed.
        AccountError: a file is wrong; nothing was changed.
        StoreError: Redis is away.
    """
    account = read_account(bundle, place)
    texts, notes = bundle.pack()
    version = AccountVersion(
        digest=bundle.digest,
        notes=bundle.notes_digest,
        name=account.name,
        by=by,
        at=now(),
        source=source,
        size=len(texts) + len(notes),
        folder=Path(place).name,
    )
    if registry.notes(version.notes) is not None:
        notes = b""
    published = registry.publish(version, texts, notes, base=base)
    if published.state == "behind":
        raise _behind(registry, published.number, base or 0)
    return published


def roll_back(
    registry: AccountRegistry,
    number: int,
    by: str,
    now: Callable[[], float] = time.time,
    *,
    base: int | None = None,
) -> AccountVersion:
    """Make an earlier version the one in force again, under a new number.

    Args:
        registry: the account in Redis.
        number: of the version to go back to; 0: the one before that in force.
        by: who goes back.
        now: the clock.
        base: the version that was in force when this was decided; None: whatever there is.

    Returns:
        The version gone back to.

    Raises:
        AccountBehind: somebody published since `base`.
        AccountError: there is no such version any more.
        StoreError: Redis is away.
    """
    versions = registry.versions()
    current, _ = registry.current()
    if base not in (None, current):
        raise _behind(registry, current, base or 0)
    wanted = _wanted(versions, current, number)
    made = AccountVersion(
        digest=wanted.digest,
        notes=wanted.notes,
        name=wanted.name,
        by=by,
        at=now(),
        source="rollback",
        size=wanted.size,
        of=wanted.number,
        folder=wanted.folder,
    )
    published = registry.publish(made, b"", b"", base=current)
    if published.state == "behind":
        raise _behind(registry, published.number, current)
    return wanted


def fetch_bundle(registry: AccountRegistry, version: AccountVersion) -> Bundle:
    """Return all files of a version.

    Raises:
        AccountError: Redis has lost them.
        StoreError: Redis is away.
    """
    texts, notes = registry.texts(version.digest), registry.notes(version.notes)
    if texts is None or notes is None:
        raise AccountError(_gone(version.number))
    bundle = Bundle(unpack_texts(texts)[0], unpack_notes(notes))
    if bundle.digest != version.digest:
        raise AccountError(_changed(version.number))
    return bundle


def pull(registry: AccountRegistry, folder: Path, *, force: bool) -> AccountVersion:
    """Make a folder hold the version in force.

    Raises:
        AccountError: there is none, or the folder has changes that were never published.
        StoreError: Redis is away.
        OSError: the folder cannot be written.
    """
    versions, (number, _) = registry.versions(), registry.current()
    version = next((one for one in versions if one.number == number), None)
    if version is None:
        raise AccountError(
            Notice(
                "no version was published yet; `xinglin account publish` makes the first",
                "还没有发布过任何版本；`xinglin account publish` 发布第一个",
            )
        )
    if not force and folder.is_dir():
        here = read_bundle(folder)
        known = {one.digest for one in versions} | {_noted(folder).get("digest")}
        if (here.files or here.knowledge) and here.digest not in known:
            raise AccountError(
                Notice(
                    f"{folder} has changes that were never published; publish them, or give --force"
                    " to lose them",
                    f"{folder} 里有还没发布的修改；请先发布，或加 --force 放弃这些修改",
                )
            )
    write_folder(folder, fetch_bundle(registry, version))
    note_version(folder, number, version.digest)
    return version


def note_version(folder: Path, number: int, digest: str) -> None:
    """Remember beside a folder which version it holds, where the folder can be written."""
    _note(folder, {"version": number, "digest": digest})


def note_digest(folder: Path, digest: str) -> None:
    """Remember beside a folder that what it holds was published, somewhere."""
    if (noted := _noted(folder)).get("digest") != digest:
        _note(folder, noted | {"digest": digest})


def noted_version(folder: Path) -> int:
    """Return the version that a folder was published as or pulled from; 0 for none."""
    number = _noted(folder).get("version")
    return number if isinstance(number, int) else 0


def _note(folder: Path, state: dict[str, Any]) -> None:
    with suppress(OSError):
        write_file(folder / STATE_FILE, json.dumps(state).encode())


def _noted(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / STATE_FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _wanted(versions: list[AccountVersion], current: int, number: int) -> AccountVersion:
    if number:
        found = next((one for one in versions if one.number == number), None)
        if found is None:
            kept = ", ".join(str(one.number) for one in versions) or "none"
            raise AccountError(
                Notice(
                    f"there is no version {number} (any more); kept are: {kept}",
                    f"没有（或已不再保留）版本 {number}；保留着的是：{kept}",
                )
            )
        return found
    now = next((one for one in versions if one.number == current), None)
    if now is None:
        raise AccountError(
            Notice(
                "no version was published yet, so there is none to go back to",
                "还没有发布过任何版本，无可退回",
            )
        )
    origin = now.of or now.number
    for one in versions:
        if one.number < origin and not one.of and one.digest != now.digest:
            return one
    raise AccountError(
        Notice(
            f"no version before {origin} is kept, so there is none to go back to",
            f"没有保留版本 {origin} 之前的版本，无可退回",
        )
    )


def _gone(number: int) -> Notice:
    return Notice(
        f"the files of version {number} are not in Redis any more; publish the folder again",
        f"Redis 里已没有版本 {number} 的文件；请重新发布文件夹",
    )


def _changed(number: int) -> Notice:
    return Notice(
        f"the files of version {number} in Redis were changed; publish the folder again",
        f"Redis 里版本 {number} 的文件被改动过；请重新发布文件夹",
    )


def _behind(registry: AccountRegistry, number: int, base: int) -> AccountBehind:
    """Return what the second of two publishers is told."""
    version = next((one for one in registry.versions() if one.number == number), None)
    by = version.by if version else "?"
    seen = f"version {base}" if base else "no version"
    seen_zh = f"版本 {base}" if base else "没有任何版本"
    told = Notice(
        f"version {number} was published by {by} meanwhile, and this change was made on {seen};"
        " bring it in with `xinglin account pull`, or give --force to replace it",
        f"版本 {number} 已由 {by} 发布，而这次修改基于{seen_zh}；"
        "请先用 xinglin account pull 取回，或加 --force 覆盖它",
    )
    return AccountBehind(told, number, by)
