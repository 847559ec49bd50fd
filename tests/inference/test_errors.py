"""The drawing of the error tree is the tree."""

import inference.errors
from inference.errors import EngineError
from tests.error_tree import drawn_tree, real_tree


def test_the_drawing_shows_every_error_once_and_no_other() -> None:
    assert drawn_tree(inference.errors) == real_tree(EngineError)
