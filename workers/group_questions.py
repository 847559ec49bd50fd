"""`python -m workers.group_questions -`: questions on stdin, by likeness on stdout.

A process of its own, as `workers.check_notes`. Each line of stdin is a question, a JSON text; each
line of stdout is a group, a JSON list of places from 0.
"""

from __future__ import annotations

import json
import sys

from knowledge.likeness import groups


def main() -> int:
    """Write the groups and return 0."""
    questions = [str(json.loads(line)) for line in sys.stdin if line.strip()]
    for group in groups(questions):
        sys.stdout.write(json.dumps(group) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
