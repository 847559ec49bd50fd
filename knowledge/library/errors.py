"""The one error of the library."""

from __future__ import annotations


class LibraryError(Exception):
    """A file cannot be built or read; the text names it and says what to do.

    The catcher goes on without a library, or with the one that it had.
    """
