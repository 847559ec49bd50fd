"""`python -m workers.check_notes FOLDER`: whether an account's notes can be read.

A process of its own, so that neither the web side nor a command has to import the finder.
"""

from __future__ import annotations

import sys
from pathlib import Path

from knowledge.errors import KnowledgeError
from knowledge.reading import read_folder


def main() -> int:
    """Return 0, or 2 with the sentence on stdout where they cannot."""
    try:
        read_folder(Path(sys.argv[1]))
    except KnowledgeError as error:
        sys.stdout.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
