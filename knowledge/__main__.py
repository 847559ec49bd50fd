"""`python -m knowledge FOLDER CACHE`: compile an account's notes; prints where the index is.

Exit status 2 with a sentence on stderr where a file of the folder cannot be used.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from knowledge.errors import KnowledgeError
from knowledge.publishing import publish


def main(arguments: list[str]) -> int:
    """Publish one account."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m knowledge FOLDER CACHE\n")
        return 2
    os.nice(5)  # followers come first
    try:
        print(publish(Path(arguments[0]), Path(arguments[1])))
    except KnowledgeError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
