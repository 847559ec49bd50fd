"""The tree of errors that a module's docstring draws, and the tree that its classes make."""

from __future__ import annotations

import re
from types import ModuleType


def drawn_tree(module: ModuleType) -> list[tuple[int, str]]:
    """Return depth and name of each error in the drawing."""
    rows = []
    for line in (module.__doc__ or "").splitlines():
        match = re.match(r"^([│├└─ ]*)([A-Z]\w+)\b", line)
        if match and hasattr(module, match[2]):
            rows.append((len(match[1]) // 4, match[2]))
    return rows


def real_tree(root: type[Exception], depth: int = 0) -> list[tuple[int, str]]:
    """Return depth and name of each class of the root's module."""
    rows = [(depth, root.__name__)]
    for child in root.__subclasses__():
        if child.__module__ == root.__module__:
            rows += real_tree(child, depth + 1)
    return rows
