"""Every model in the repository opens, is what its card says, and knows its language."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.engine import Engine, EngineConfig, SamplingConfig
from inference.likelihood.scoring import score_file
from inference.model.checkpoint import Checkpoint
from inference.prompt import build_prompt, encode

MODELS = Path(__file__).parents[3] / "models"
SHIPPED = sorted(path.parent for path in MODELS.glob("*/config.json"))
SENTENCES = {
    "tcm": "脾胃虚弱，饮食不消，宜健脾和胃。",
    "tcm-base": "脾胃虚弱，饮食不消，宜健脾和胃。",
    "general-zh": "当事人对决定不服的，可以依法申请行政复议或者提起行政诉讼。",
    "pubmed-en": "The signs and symptoms of the disease may include fever, headache and fatigue.",
}
STRANGE = {
    "tcm": "The signs and symptoms of the disease may include fever.",
    "tcm-base": "The signs and symptoms of the disease may include fever.",
    "general-zh": "The signs and symptoms of the disease may include fever.",
    "pubmed-en": "脾胃虚弱，饮食不消，宜健脾和胃。",
}


def test_four_models_ship() -> None:
    assert [path.name for path in SHIPPED] == sorted(SENTENCES)


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_model_is_small_and_has_a_card_for_readers(folder: Path) -> None:
    card = Checkpoint.load(folder).config

    assert card.name == folder.name
    assert 2.9e6 < card.parameters < 3.2e6
    assert card.bytes_seen > 1e6 and card.valid and card.licence == "Apache-2.0"
    text = (folder / "README.md").read_text("utf-8")
    for words in (card.sha256[:16], f"{card.bytes_seen:,} bytes", "## Data", "## Limits"):
        assert words in text
    assert card.answers is (folder.name == "tcm")


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_model_knows_its_language_better_than_another(
    folder: Path, tmp_path: Path
) -> None:
    def bits(text: str) -> float:
        file = tmp_path / "text.txt"
        file.write_text(text, "utf-8")
        return score_file(file, engine.scorer(), engine.checkpoint.codec).bits_per_byte

    with Engine.open(folder, EngineConfig(backend="cpu")) as engine:
        known, strange = bits(SENTENCES[folder.name]), bits(STRANGE[folder.name])

    assert known < 3
    assert known < strange


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_model_goes_on_with_whole_characters(folder: Path) -> None:
    with Engine.open(folder, EngineConfig(backend="cpu")) as engine:
        codec = engine.checkpoint.codec
        prompt = encode(SENTENCES[folder.name], codec)
        if engine.checkpoint.config.answers:  # it may rightly end a text that asks nothing
            prompt = build_prompt((), "讲讲黄芪。", codec=codec, budget_bytes=1024)
        done = engine.submit(prompt, SamplingConfig(max_bytes=120, seed=3)).result()

    assert done.data.decode(codec) == done.text
    assert done.text.strip()
