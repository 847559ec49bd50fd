from pathlib import Path

import pytest

from inference.errors import CheckpointError
from inference.model.folders import chosen_model, find_model


def test_option_goes_before_the_environment_and_that_before_the_default() -> None:
    assert chosen_model("a", {"XINGLIN_MODEL": "b"}) == "a"
    assert chosen_model(None, {"XINGLIN_MODEL": "b"}) == "b"
    assert chosen_model(None, {"XINGLIN_MODEL": ""}) == "tcm"
    assert chosen_model(None, {}) == "tcm"


def test_name_is_looked_for_in_each_root_and_then_as_a_path(tmp_path: Path) -> None:
    roots = (tmp_path / "one", tmp_path / "two")
    (roots[1] / "tcm").mkdir(parents=True)
    assert find_model("tcm", roots) == roots[1] / "tcm"
    (roots[0] / "tcm").mkdir(parents=True)
    assert find_model("tcm", roots) == roots[0] / "tcm"


def test_path_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    assert find_model(str(tmp_path / "here"), ()) == tmp_path / "here"
    monkeypatch.chdir(tmp_path)
    assert find_model("./here", ()) == Path("here")
    assert find_model("here", ()) == Path("here")


@pytest.mark.parametrize("name", ["nothing", "./nothing", "/nothing/at/all"])
def test_missing_model_says_where_it_was_looked_for(name: str, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"model '.*nothing.*there is no folder .*nothing"):
        find_model(name, (tmp_path,))
