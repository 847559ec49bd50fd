"""A tiny random model and a small folder of corpora."""

import json

import numpy as np
import pytest

from inference.model.checkpoint import write_checkpoint
from inference.model.config import wygpt_shapes

SENTENCE = "人参甘温，补五脏，安精神。"


@pytest.fixture(scope="session")
def write_model(tmp_path_factory):
    def write(*, corpora=("classics.train",), name="tiny"):
        path = tmp_path_factory.mktemp("models") / name
        sizes = {"width": 8, "layers": 1, "heads": 2, "context": 64}
        random = np.random.default_rng(5)
        tensors = {
            tensor: random.standard_normal(shape).astype(np.float32)
            for tensor, shape in wygpt_shapes(8, 1, 2, 64).items()
        }
        fields = {"family": "wygpt", "codec": "gb18030", "corpora": list(corpora), "bytes_seen": 0}
        fields |= {"valid": {}, "licence": "Apache-2.0", "name": name, "version": "1"}
        write_checkpoint(path, tensors, {**fields, **sizes})
        return path

    return write


@pytest.fixture(scope="session")
def model(write_model):
    return write_model()


def conversation(source, *turns):
    roles = [
        {"role": role, "text": text}
        for turn in turns
        for role, text in zip(("user", "assistant"), turn, strict=True)
    ]
    return json.dumps({"source": source, "turns": roles}, ensure_ascii=False)


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("classics.valid", "general-zh.valid", "classics.train"):
        (folder / f"{name}.txt").write_text(SENTENCE * 9, encoding="utf-8")
    lines = [
        conversation("chatterbot/1", ("你好", "请说。")),
        conversation("chatterbot/1", ("你好", "您好。")),
        conversation("chatterbot/2", ("黄芪有什么用？", "黄芪补气。"), ("还有呢？", "固表。")),
    ]
    (folder / "dialogue.valid.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
