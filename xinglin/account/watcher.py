"""A folder that is published whenever it changes, for one owner on one machine."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from xinglin.account.bundle import Bundle
from xinglin.account.folder import fingerprint, read_bundle
from xinglin.account.holder import AccountHolder
from xinglin.account.publish import note_digest, publish_bundle
from xinglin.account.read import read_account
from xinglin.bilingual import Notice
from xinglin.errors import AccountError, StoreError
from xinglin.store import Store
from xinglin.store.account_registry import AccountVersion

logger = logging.getLogger(__name__)
LOOK_S = 0.4
BY = "make run"


class FolderWatcher:
    """Publishes a folder after each change; a bad change is told, and the old version goes on."""

    def __init__(
        self,
        folder: Path,
        store: Store,
        holder: AccountHolder,
        check_notes: Callable[[Path], object],
    ) -> None:
        """Watch a folder.

        Args:
            folder: of the account.
            store: takes the versions.
            holder: shows what is wrong, and takes the new version at once.
            check_notes: raises AccountError for notes that cannot be used.
        """
        self._folder, self._store, self._holder = folder, store, holder
        self._check_notes = check_notes
        self._seen: object = None
        self._changing: object = None
        self._notes = ""
        self._in_step = 0

    def start(self) -> None:
        """Watch in a thread of its own, until the store is closed."""
        threading.Thread(target=self._watch, name="account folder", daemon=True).start()

    def look(self) -> None:
        """Publish the folder if it changed, and has been left alone since the look before.

        Raises:
            StoreError: Redis is away; the next look tries again.
        """
        now = fingerprint(self._folder)
        if now in (self._seen, ()):
            return
        if now != self._changing:
            self._changing = now
            return
        try:
            self._publish(read_bundle(self._folder), first=self._seen is None)
        except AccountError as error:
            self._holder.problem = error.problems[0]
            logger.error("account_folder_refused", extra={"error": "; ".join(error.problems)})
        else:
            self._holder.problem = ""
        self._seen = now

    def _publish(self, bundle: Bundle, *, first: bool) -> None:
        number, digest = self._store.accounts.current()
        if bundle.digest == digest:
            self._in_step = number
            return
        account = read_account(bundle, str(self._folder))
        versions = self._store.accounts.versions()
        last = next((one for one in versions if one.number == number), None)
        if last is not None and last.folder == self._folder.name:
            known = any(one.digest == bundle.digest for one in versions)
            if first and known and last.source != "folder":
                return  # what was edited elsewhere is newer than the folder
            self._refuse_conflict(last)
        if bundle.notes_digest != self._notes:
            self._check_notes(self._folder)
            self._notes = bundle.notes_digest
        published = publish_bundle(
            self._store.accounts, bundle, base=number, by=BY, place=str(self._folder)
        )
        self._in_step = published.number
        note_digest(self._folder, bundle.digest)
        logger.info(
            "account_published", extra={"version": published.number, "account": account.name}
        )
        self._holder.look()

    def _refuse_conflict(self, last: AccountVersion) -> None:
        if last.source == "desk" and last.number != self._in_step:
            raise AccountError(
                Notice(
                    f"version {last.number} was edited by {last.by} and is not in {self._folder};"
                    " bring it in with `xinglin account pull`, or replace it with"
                    " `xinglin account publish --force`",
                    f"版本 {last.number} 由 {last.by} 修改，还不在 {self._folder} 里；"
                    "请用 xinglin account pull 取回，或用 xinglin account publish --force 覆盖",
                )
            )

    def _watch(self) -> None:
        failing = False
        while not self._store.closing.wait(LOOK_S):
            try:
                self.look()
                failing = False
            except (StoreError, OSError) as error:
                if not failing:
                    extra = {"watch": "account folder", "error": str(error)}
                    logger.warning("watch_failed", extra=extra)
                failing = True
            except Exception:
                logger.exception("watch_broke", extra={"watch": "account folder"})
