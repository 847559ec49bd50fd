"""An account served from its folder, without Redis: what a Replier needs of an AccountHolder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from xinglin.account import Account, Bundle, find_folder, read_account, read_bundle
from xinglin.account.holder import Held


def accounts(name: str) -> Account:
    """An account; the notes of the tests' owners have no texts beside them."""
    folder = find_folder(name)
    files = read_bundle(folder)
    if "account.toml" not in files.files:
        files = Bundle({"account.toml": b'name = "owner"'}, files.knowledge)
    return read_account(files, str(folder))


class FolderAccount:
    """Stands where a worker has its AccountHolder: serves a folder as it is."""

    def __init__(self, folder: Path, account: Account | None = None) -> None:
        self._folder = folder
        self.current = account or accounts(str(folder))
        self.prepare: Callable[[Held], None] | None = None

    def folder(self) -> Path:
        return self._folder

    def folder_of(self, held: Held) -> Path:
        return self._folder if not held.notes else Path(held.notes)

    def prepare_with(self, prepare: Callable[[Held], None]) -> None:
        self.prepare = prepare


def served(name: str) -> Any:
    """Serve an account from its folder."""
    return FolderAccount(find_folder(name))
