"""The drawing of the error tree is the tree."""

import xinglin.errors
from tests.error_tree import drawn_tree, real_tree
from xinglin.errors import XinglinError


def test_the_drawing_shows_every_error_once_and_no_other() -> None:
    assert drawn_tree(xinglin.errors) == real_tree(XinglinError)
