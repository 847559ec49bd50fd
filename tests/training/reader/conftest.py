"""The account that comes with the project, split for reading, and small corpora."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from knowledge.notes import Knowledge
from training.reader.passages import Passages
from training.reader.recipe import example_makers, read_knowledge

ROOT = Path(__file__).resolve().parents[3]
TCM = ROOT / "accounts" / "tcm" / "knowledge"
LINE = (
    "山中有一座旧亭，亭边的老树已经空了心。樵夫说它比村子还老，孩子们爱在树下数蚂蚁，"
    "数到天黑才肯回家。到了秋天，满地都是黄叶。\n"
)


@pytest.fixture(scope="session")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpora")
    for name in ("classics", "general-zh"):
        for part in ("train", "valid"):
            (folder / f"{name}.{part}.txt").write_text(LINE * 40, "utf-8")
    turns = [{"role": "user", "text": "在吗"}, {"role": "assistant", "text": "在的。"}]
    record = json.dumps({"source": "other/1", "turns": turns}, ensure_ascii=False)
    (folder / "dialogue.train.jsonl").write_text(f"{record}\n", "utf-8")
    herb = {"name": "青葙", "book": "某书", "author": "某", "dynasty": "清"}
    text = "味苦，微寒。主邪气，皮肤中热，风瘙身痒。"
    (folder / "herbs.jsonl").write_text(
        json.dumps(herb | {"text": text}, ensure_ascii=False) + "\n", "utf-8"
    )
    return folder


@pytest.fixture(scope="session")
def tcm() -> Knowledge:
    return read_knowledge(TCM)


@pytest.fixture(scope="session")
def passages(corpora: Path) -> Passages:
    return Passages(corpora, 1)


@pytest.fixture(scope="session")
def makers(tcm: Knowledge, passages: Passages):
    return example_makers(tcm, passages, held_out=False)


@pytest.fixture(scope="session")
def held_out(tcm: Knowledge, passages: Passages):
    return example_makers(tcm, passages, held_out=True)
