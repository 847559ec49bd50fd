"""A model that is not there is said with the models that are."""

from __future__ import annotations

from pathlib import Path

import pytest

from xinglin.errors import ModelLoadError, sentences
from xinglin.model_folder import find_model
from xinglin.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for name in ("tcm", "mine"):
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / "config.json").write_text("{}")
    (tmp_path / "models" / "notes").mkdir()
    return Settings(models=tmp_path / "models")


def test_a_name_or_a_path_is_found(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "mine"

    assert find_model(settings, "mine") == folder
    assert find_model(settings, str(folder)) == folder


@pytest.mark.parametrize("name", ["tmc", "", "../models/tcm/none"])
def test_the_models_there_are_are_named(settings: Settings, name: str) -> None:
    with pytest.raises(ModelLoadError) as refused:
        find_model(settings, name)

    (said,) = sentences(refused.value)
    for words in (said, said.zh):  # type: ignore[attr-defined]
        assert "XINGLIN_MODEL" in words
        assert "mine" in words
        assert "notes" not in words
    assert ("(tcm is meant?)" in said) == (name == "tmc")


def test_over_the_network_a_path_is_no_name(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match="not the name"):
        find_model(settings, str(tmp_path / "models" / "tcm"), announced=True)


def test_the_shipped_models_are_found_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert (find_model(Settings(), "tcm") / "config.json").is_file()
