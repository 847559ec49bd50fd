"""`python -m inference`."""

import os
import sys


def main() -> int:
    """Run the command line."""
    # One thread of OpenBLAS, said before NumPy is there: on matrices of this size more only wait
    # for each other (scoring 2 KB with `reference` on 2 busy cores: 1.4 s with one, 4-20 with two).
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from inference.cli.main import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
