"""The account that a process serves: the version published last, or the folder of the setting."""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from xinglin.account.account import Account
from xinglin.account.bundle import Bundle, digest_of, unpack_notes, unpack_texts
from xinglin.account.folder import find_folder, read_bundle
from xinglin.account.read import read_account
from xinglin.bilingual import Notice, unwritable
from xinglin.errors import AccountError, SettingsError, StoreError
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.store.account_registry import AccountProcess

logger = logging.getLogger(__name__)
LOOK_S = 0.5


@dataclass(frozen=True, slots=True)
class Held:
    """One version as a process serves it.

    Attributes:
        account: its texts and rules.
        number: of the version; 0 for the folder's own files.
        notes: hash of the notes; "" for those in the folder of the setting.
    """

    account: Account
    number: int
    notes: str


class ServedAccount(Protocol):
    """An account as a worker needs it: an AccountHolder, or a FolderAccount without Redis."""

    @property
    def current(self) -> Account:
        """The account that serves."""

    def folder(self) -> Path:
        """Return a folder in whose `knowledge/` its notes stand."""

    def folder_of(self, held: Held) -> Path:
        """Return such a folder for a version."""

    def prepare_with(self, prepare: Callable[[Held], None]) -> None:
        """Have a function called with each later version before it is taken."""


class AccountHolder:
    """Takes each published version between turns; one that cannot be used changes nothing."""

    def __init__(self, settings: Settings, store: Store, kind: str) -> None:
        """Take the version in force; where none is, or Redis is away, read the folder.

        Args:
            settings: name the folder.
            store: has the versions.
            kind: of process, `web` or `worker`.

        Raises:
            SettingsError: there is no such folder.
            AccountError: its files cannot be used, and no version was published.
        """
        self._settings, self._store, self._kind = settings, store, kind
        self._lock = threading.Lock()
        self._refused, self._error = 0, ""
        self.problem = ""
        """Fault of the folder that this process watches, for people."""
        self._prepare: Callable[[Held], None] | None = None
        self._held = self._first()

    @property
    def current(self) -> Account:
        """The account that serves."""
        return self._held.account

    @property
    def number(self) -> int:
        """The version that serves; 0 for the folder's own files."""
        return self._held.number

    def applied_to(self, settings: Settings) -> Settings:
        """Return the settings of a process that starts, with the model that the account wants."""
        model = self._held.account.model
        return replace(settings, model=model) if model else settings

    def prepare_with(self, prepare: Callable[[Held], None]) -> None:
        """Have a function called with each later version before it is taken.

        It makes ready what the version needs (an index of its notes); where it raises
        AccountError, the version is refused.
        """
        self._prepare = prepare

    def start(self) -> None:
        """Look for versions in a thread of its own, until the store is closed."""
        threading.Thread(target=self._watch, name="account", daemon=True).start()

    def look(self) -> None:
        """Say what is served, and take a version that was published since.

        Raises:
            StoreError: Redis is away.
        """
        number, digest = self._store.accounts.look(self._row())
        if number and number not in (self._held.number, self._refused):
            self._take(number, digest)
            self._store.accounts.look(self._row())

    def folder(self) -> Path:
        """Return a folder in whose `knowledge/` the notes of the version that serves stand.

        Raises:
            SettingsError: there is no folder of the setting, and nothing was published.
            AccountError: Redis has lost the notes, or they cannot be written to `XINGLIN_VAR`.
            StoreError: Redis is away.
        """
        return self.folder_of(self._held)

    def folder_of(self, held: Held) -> Path:
        """Return such a folder for a version; see `folder`."""
        if not held.notes:
            return find_folder(self._settings.account)
        home = self._settings.var.resolve() / "accounts"
        target = home / held.notes[:32]
        if not target.is_dir():
            packed = self._store.accounts.notes(held.notes)
            if packed is None:
                raise AccountError(
                    Notice(
                        "the notes of this version are not in Redis any more; publish again",
                        "Redis 里已没有这个版本的资料；请重新发布",
                    )
                )
            try:
                _unpack_into(home, target, unpack_notes(packed))
            except OSError as error:
                raise AccountError(unwritable(home, error)) from error
        return target

    def _first(self) -> Held:
        try:
            number, digest = self._store.accounts.current()
            if number:
                return self._fetch(number, digest)
        except StoreError:
            pass  # the folder serves until Redis is back
        except AccountError as error:
            self._refuse(number, error)
        folder = find_folder(self._settings.account)
        return Held(read_account(read_bundle(folder), str(folder)), 0, "")

    def _fetch(self, number: int, digest: str) -> Held:
        packed = self._store.accounts.texts(digest)
        if packed is None:
            raise AccountError(
                Notice(
                    "its texts are not in Redis any more; publish again",
                    "Redis 里已没有它的文字；请重新发布",
                )
            )
        files, notes = unpack_texts(packed)
        if digest_of(files, notes) != digest:
            raise AccountError(
                Notice(
                    "its texts in Redis were changed; publish again",
                    "它在 Redis 里的文字被改动过；请重新发布",
                )
            )
        return Held(_with_digest(files, digest), number, notes)

    def _take(self, number: int, digest: str) -> None:
        with self._lock:
            try:
                held = self._fetch(number, digest)
                if self._prepare is not None:
                    self._prepare(held)
            except AccountError as error:
                self._refuse(number, error)
                return
            self._held, self._refused, self._error = held, 0, ""
        logger.info("account_taken", extra={"version": number, "account": held.account.name})

    def _refuse(self, number: int, error: AccountError) -> None:
        self._refused, self._error = number, error.problems[0]
        logger.error(
            "account_refused", extra={"version": number, "error": "; ".join(error.problems)}
        )

    def _row(self) -> AccountProcess:
        return AccountProcess(
            process=str(self._store.process),
            kind=self._kind,
            number=self._held.number,
            digest=self._held.account.digest,
            refused=self._refused,
            error=str(self._error or self.problem),  # in one language: a record is JSON
        )

    def _watch(self) -> None:
        failing = False
        while not self._store.closing.is_set():
            try:
                self.look()
                failing = False
            except (StoreError, SettingsError) as error:
                if not failing:
                    logger.warning("watch_failed", extra={"watch": "account", "error": str(error)})
                failing = True
            except Exception:
                logger.exception("watch_broke", extra={"watch": "account"})
            self._store.closing.wait(LOOK_S)


def _with_digest(files: dict[str, bytes], digest: str) -> Account:
    """Return the account of files whose notes are known by their hash alone."""
    return replace(read_account(Bundle(files)), digest=digest)


def _unpack_into(home: Path, target: Path, notes: dict[str, bytes]) -> None:
    home.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=home, prefix=".unpacking-"))
    try:
        for path, content in notes.items():
            place = made / "knowledge" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        made.chmod(0o755)
        try:
            made.replace(target)
        except OSError:
            if not target.is_dir():  # else another process was faster
                raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
