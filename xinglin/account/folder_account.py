"""An account served from its folder as it is: nothing published, no Redis."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from xinglin.account.account import Account
from xinglin.account.folder import read_folder
from xinglin.account.holder import Held


class FolderAccount:
    """Stands where a process has its AccountHolder; its version never changes."""

    def __init__(self, folder: Path, account: Account | None = None) -> None:
        """Read the folder, unless its account was read already.

        Raises:
            AccountError: it cannot be used.
        """
        self._folder = folder
        self.current = account or read_folder(folder)

    def folder(self) -> Path:
        """Return the folder in whose `knowledge/` the notes stand."""
        return self._folder

    def folder_of(self, held: Held) -> Path:
        """Return such a folder for a version, of which there is one."""
        del held
        return self._folder

    def prepare_with(self, prepare: Callable[[Held], None]) -> None:
        """Do nothing: there is no later version to make ready for."""
        del prepare
