import re

import inference.errors as module
from inference.errors import EngineError


def drawn_tree() -> list[tuple[int, str]]:
    assert module.__doc__ is not None
    rows = []
    for line in module.__doc__.splitlines():
        match = re.match(r"^([│├└─ ]*)([A-Z]\w+)\b", line)
        if match and hasattr(module, match[2]):
            rows.append((len(match[1]) // 4, match[2]))
    return rows


def real_tree(root: type[Exception], depth: int = 0) -> list[tuple[int, str]]:
    rows = [(depth, root.__name__)]
    for child in root.__subclasses__():
        if child.__module__ == module.__name__:
            rows += real_tree(child, depth + 1)
    return rows


def test_the_drawing_shows_every_error_once_and_no_other() -> None:
    assert drawn_tree() == real_tree(EngineError)
