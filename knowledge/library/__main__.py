"""`python -m knowledge.library`."""

from __future__ import annotations

import sys

from knowledge.library.cli import main

if __name__ == "__main__":
    sys.exit(main())
