"""The account's knowledge, held by a worker and renewed when its folder changes."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from knowledge.check import Checker
from knowledge.encoder import shipped_rows
from knowledge.errors import KnowledgeError, MappedFileError
from knowledge.find import Finder
from knowledge.index import Index
from knowledge.library import Library, LibraryError
from knowledge.notes import Knowledge
from knowledge.publishing import Stamp, compiled, has_notes, stamp
from xinglin.account import ServedAccount
from xinglin.account.holder import Held
from xinglin.errors import AccountError, SettingsError, XinglinError
from xinglin.safety.poisons import read_poisons
from xinglin.settings import Settings

logger = logging.getLogger(__name__)
COMPILE_TIMEOUT_S = 300.0
WITHOUT_NOTES = (
    "the account has no notes, so the bot knows nothing: put files into its knowledge/ folder"
    " (docs/knowledge.md)"
)


@dataclass(frozen=True, slots=True)
class Known:
    """Sources that a turn may look up; nothing in them changes.

    Attributes:
        finder: of the account's notes and tables.
        checker: holds drafts against them.
        library: of books; None without one.
    """

    finder: Finder
    checker: Checker
    library: Library | None = None


class KnowledgeHolder:
    """Holds what new turns look up; turns under way keep what they began with."""

    def __init__(self, settings: Settings, account: ServedAccount) -> None:
        """Open the knowledge of the version that serves; what cannot be used is said in `problem`.

        Args:
            settings: of the service.
            account: has the versions; a later one is taken when its notes are compiled.
        """
        self._settings, self._account = settings, account
        self._lock = threading.Lock()
        self._stamp: Stamp | None = None
        self._book: tuple[str, int, int, int] | None = None
        self._problems = {"knowledge": "", "library": ""}
        self._known = _without_notes()
        self.renew()
        account.prepare_with(self._prepare)

    @property
    def current(self) -> Known:
        """Sources that new turns look up."""
        return self._known

    @property
    def count(self) -> int:
        """Notes and rows of tables that new turns look up."""
        index = self._known.finder.index
        return len(index.notes) + sum(len(table.rows) for table in index.tables)

    @property
    def problem(self) -> str:
        """Problem that keeps something from being looked up; "" for none."""
        return "; ".join(filter(None, self._problems.values()))

    def renew(self) -> None:
        """Take changed notes or a changed library; what was there stays where the new is bad."""
        with self._lock:
            self._renew_notes()
            self._renew_library()

    def close(self) -> None:
        """Close the library."""
        if self._known.library is not None:
            self._known.library.close()

    def _prepare(self, held: Held) -> None:
        """Take the notes of a version that is about to serve.

        Raises:
            AccountError: they cannot be used.
        """
        try:
            folder = self._account.folder_of(held)
            seen = stamp(folder)
            with self._lock:
                self._take(folder)
                self._stamp = seen
        except (KnowledgeError, SettingsError) as error:
            raise AccountError(str(error)) from error

    def _renew_notes(self) -> None:
        """Take the folder's notes where they changed; those of a published version never do."""
        try:
            folder = self._account.folder()
            seen = stamp(folder)
            if seen == self._stamp:
                return
            self._stamp = seen
            self._take(folder)
        except (MappedFileError, XinglinError) as error:  # it may be there at the next look
            self._stamp = None
            self._tell("knowledge", str(error))
        except KnowledgeError as error:
            self._tell("knowledge", str(error))

    def _take(self, folder: Path) -> None:
        if has_notes(folder):
            index = Index.open(compile_account(folder, cache_folder(self._settings)))
            self._known = Known(Finder(index), Checker(index), self._known.library)
            logger.info("knowledge_opened", extra={"notes": len(index.notes)})
        else:
            self._known = replace(_without_notes(), library=self._known.library)
            logger.warning("account_without_notes", extra={"advice": WITHOUT_NOTES})
        self._problems["knowledge"] = ""

    def _renew_library(self) -> None:
        """Open the library, or another that was moved over it; the old one ends with its turns."""
        name = self._account.current.library or self._settings.library
        if not name:
            self._book, self._problems["library"] = None, ""
            if self._known.library is not None:
                self._known = replace(self._known, library=None)
            return
        path = Path(name)
        try:
            state = path.stat()
            seen = name, state.st_ino, state.st_size, state.st_mtime_ns
        except OSError as error:
            self._tell("library", f"{path}: cannot be opened ({error.strerror})")
            return
        if seen == self._book:
            return
        self._book = seen
        try:
            library = Library(path, poison_names())
        except LibraryError as error:
            self._tell("library", str(error))
            return
        self._known = Known(self._known.finder, self._known.checker, library)
        self._problems["library"] = ""
        logger.info("library_opened", extra={"passages": library.counts["passages"]})

    def _tell(self, what: str, sentence: str) -> None:
        if self._problems[what] != sentence:
            logger.error("knowledge_refused", extra={"what": what, "error": sentence})
        self._problems[what] = sentence


def _without_notes() -> Known:
    """Return what a worker knows whose account has no knowledge: nothing."""
    index = Index.of(Knowledge(), shipped_rows())
    return Known(Finder(index), Checker(index))


def poison_names() -> set[str]:
    """Return the names of which no quotation may say that they are harmless."""
    return {name for poison in read_poisons() for name in (poison.name, *poison.aliases)}


def compile_account(folder: Path, cache: Path) -> Path:
    """Return the index of an account's folder, compiled by a process of its own where needed.

    Compiling takes seconds and a hundred megabytes, and would hold the turns under way up.

    Raises:
        KnowledgeError: a file of the folder cannot be used, or the cache cannot be written.
    """
    if (path := compiled(folder, cache)) is not None:
        return path
    command = [sys.executable, "-m", "knowledge", str(folder), str(cache)]
    root = Path(__file__).resolve().parents[1]
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(root), *sys.path[1:]])}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            env=env,
            timeout=COMPILE_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise KnowledgeError(
            f"{folder}: was not compiled in {COMPILE_TIMEOUT_S:.0f} s; leave out what nobody asks"
        ) from error
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it was stopped"]
        raise KnowledgeError(f"{folder}: {said[-1]}")
    return Path(done.stdout.strip())


def cache_folder(settings: Settings) -> Path:
    """Return where compiled knowledge is kept: below XINGLIN_VAR, or a temporary folder.

    Raises:
        KnowledgeError: neither can be written, or the temporary one is somebody else's.
    """
    folder = settings.var / "knowledge"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass  # read-only, as in a container
    folder = Path(tempfile.gettempdir()) / f"xinglin-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid != os.getuid():
            raise KnowledgeError(f"{folder}: belongs to somebody else; set XINGLIN_VAR")
    except OSError as error:
        raise KnowledgeError(f"{folder}: cannot be made ({error.strerror})") from error
    return folder
