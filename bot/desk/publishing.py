"""From a change on the desk to the version that every process serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, abort, jsonify

from bot.admin.responses import refusal
from bot.desk.frame import blueprint
from bot.notes_check import check_files
from bot.services import Services, current_services
from xinglin.account import Bundle, find_folder, read_bundle
from xinglin.account.bundle import unpack_texts
from xinglin.account.publish import fetch_bundle, publish_bundle
from xinglin.account.read import FILE, read_account
from xinglin.bilingual import Notice
from xinglin.errors import AccountBehind, AccountError

LONGEST_NAME = 40
WAIT_S = 8.0
FOLDER = "folder"
"""Name of the publisher of files that were served before anybody published."""
MOST_WARNINGS = 20


@dataclass(frozen=True, slots=True)
class Draft:
    """The files that a change begins with.

    Attributes:
        bundle: all of them.
        number: of the version; 0 for the folder of the setting, where nothing was published.
        folder: its name, for the sentences and for the folder's watcher.
    """

    bundle: Bundle
    number: int
    folder: str


def current_draft(services: Services) -> Draft:
    """Return the version in force with its notes.

    Raises:
        AccountError: Redis has lost its files.
        SettingsError: nothing was published, and there is no folder.
        StoreError: Redis is away.
    """
    registry = services.store.accounts
    number, _ = registry.current()
    version = next((one for one in registry.versions() if one.number == number), None)
    if version is None:
        folder = find_folder(services.settings.account)
        return Draft(read_bundle(folder), 0, folder.name)
    return Draft(fetch_bundle(registry, version), number, version.folder)


def current_texts(services: Services) -> bytes:
    """Return the `account.toml` of the version in force; raises as `current_draft` does."""
    registry = services.store.accounts
    number, digest = registry.current()
    if not number:
        return current_draft(services).bundle.files[FILE]
    packed = registry.texts(digest)
    if packed is None:
        raise AccountError(
            Notice(
                "the version's texts are not in Redis any more; publish it again",
                "Redis 里已没有这个版本的文字；请重新发布",
            )
        )
    return unpack_texts(packed)[0][FILE]


def change(
    fields: dict[str, Any], what: str, edit: Callable[[Bundle], Bundle]
) -> tuple[Response, int]:
    """Publish the version in force with a change.

    Args:
        fields: of the request: `base`, the version that the page showed, and `by`.
        what: was changed, for the audit log; no texts.
        edit: makes the files of the next version.

    Raises:
        AccountBehind: somebody published since the page was made.
        AccountError: a file would be wrong; nothing was changed.
    """
    services, by = current_services(), author(fields)
    draft = current_draft(services)
    check_base(services, fields, draft.number)
    bundle = edit(draft.bundle)
    warnings = _checked(bundle, draft)
    base = draft.number or _publish_folder(services, draft)
    done = publish_bundle(
        services.store.accounts,
        bundle,
        base=base,
        by=by,
        source="desk",
        place=draft.folder,
        now=services.now,
    )
    return published(services, done.number, by, what, warnings)


def _publish_folder(services: Services, draft: Draft) -> int:
    """Publish the folder as it is before its first change, so that one can go back to it."""
    made = publish_bundle(
        services.store.accounts,
        draft.bundle,
        base=0,
        by=FOLDER,
        place=draft.folder,
        now=services.now,
    )
    return made.number


def with_file(bundle: Bundle, raw: bytes) -> Bundle:
    """Return an account's files with another `account.toml`."""
    return replace(bundle, files={**bundle.files, FILE: raw})


def with_notes(bundle: Bundle, changed: Mapping[str, bytes | None]) -> Bundle:
    """Return an account's files with other notes, by path; None removes a file."""
    kept = {**bundle.knowledge, **changed}
    return replace(bundle, knowledge={path: raw for path, raw in kept.items() if raw is not None})


def author(fields: dict[str, Any]) -> str:
    """Return who makes a change, as the page signs it."""
    by = fields.get("by", "")
    if not isinstance(by, str) or len(by) > LONGEST_NAME or not (by == "" or by.isprintable()):
        abort(refusal(f"by must be a name of at most {LONGEST_NAME} characters", 400))
    return by.strip() or "desk"


def check_base(services: Services, fields: dict[str, Any], number: int) -> None:
    """See that a change was made on the version in force; raises AccountBehind."""
    base = fields.get("base")
    if not isinstance(base, int) or isinstance(base, bool) or base < 0:
        abort(refusal("base must be the number of the version that was changed", 400))
    if base != number:
        versions = services.store.accounts.versions()
        by = next((one.by for one in versions if one.number == number), "?")
        raise AccountBehind("", number, by)


def published(
    services: Services, number: int, by: str, what: str, warnings: list[Notice] | None = None
) -> tuple[Response, int]:
    """Note a change, and say which processes serve it once they do, or the time is over."""
    services.store.audit.add(what="desk", by=by, detail=what, version=number)
    services.account.look()
    deadline = services.clock() + WAIT_S
    while True:
        rows = services.store.accounts.processes()
        late = [row for row in rows if number not in (row.number, row.refused)]
        if not late or services.clock() >= deadline:
            break
        services.sleep(0.1)
    refused = [row for row in rows if row.refused == number]
    return jsonify(
        version=number,
        took=sum(row.number == number for row in rows),
        refused=[f"{row.kind} {row.process}: {row.error}" for row in refused],
        late=[f"{row.kind} {row.process}" for row in late],
        warnings=[_both(one) for one in (warnings or [])[:MOST_WARNINGS]],
    ), 200


def _checked(bundle: Bundle, draft: Draft) -> list[Notice]:
    """See that the files can be used; returns what may not be meant in changed notes."""
    read_account(bundle, draft.folder)
    bundle.pack()
    if bundle.notes_digest == draft.bundle.notes_digest:
        return []
    return check_files(bundle.knowledge)


def _both(sentence: str) -> dict[str, str]:
    chinese = sentence.zh if isinstance(sentence, Notice) else str(sentence)
    return {"en": str(sentence), "zh": chinese}


@blueprint.errorhandler(AccountBehind)
def _tell_the_second(error: AccountBehind) -> tuple[Response, int]:
    english = f"version {error.number} was published by {error.by} meanwhile; nothing was saved yet"
    chinese = f"版本 {error.number} 刚由 {error.by} 发布；你的修改还没有保存"
    return jsonify(error=english, zh=chinese, current=error.number, by=error.by), 409


@blueprint.errorhandler(AccountError)
def _refuse(error: AccountError) -> tuple[Response, int]:
    return jsonify(error=str(error), problems=[_both(one) for one in error.problems]), 400
