"""Every command in an environment that has no PyTorch: to import it is an error there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from training.wygpt_format.file import WygptSizes, write_wygpt

LONG = (
    "山中有一座旧亭，亭边的老树已经空了心。樵夫说它比村子还老，孩子们爱在树下数蚂蚁，天黑才回家。\n"
)
BLOCK = """
import sys

class _Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"torch", "triton", "functorch"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None

sys.meta_path.insert(0, _Absent())
"""
SIZES = ("--width", "24", "--layers", "1", "--heads", "2", "--context", "64", "--rows", "40")
STEPS = ("--batch-bytes", "256", "--threads", "1", "--curriculum", "1:32")
TURNS = [{"role": "user", "text": "黄芪治什么？"}, {"role": "assistant", "text": "补气固表。"}]


class Place:
    """A folder with corpora, and a Python that has no PyTorch."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"
        self.data.mkdir()
        (folder / "block").mkdir()
        (folder / "block" / "sitecustomize.py").write_text(BLOCK)
        for name in ("classics.train", "classics.valid", "general-zh.train", "general-zh.valid"):
            (self.data / f"{name}.txt").write_text("人参甘温，大补元气。\n" * 60, "utf-8")
        line = json.dumps({"source": "smile/1", "turns": TURNS}, ensure_ascii=False)
        for name in ("dialogue.train", "dialogue.valid"):
            (self.data / f"{name}.jsonl").write_text(f"{line}\n" * 8, "utf-8")

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        paths = f"{self.folder / 'block'}{os.pathsep}{Path.cwd()}"
        return subprocess.run(
            [sys.executable, *arguments], cwd=self.folder, capture_output=True, text=True,
            env=os.environ | {"PYTHONPATH": paths}, check=False,
        )  # fmt: skip

    def training(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        return self.python("-m", "training", *map(str, arguments))

    def done(self, *arguments: object) -> str:
        ended = self.training(*arguments)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """With a base run in it, and the model folder made of it."""
    place = Place(tmp_path_factory.mktemp("place"))
    place.done(
        "pretrain", "--data", "data", "--out", "runs/base", *SIZES, *STEPS, "--bytes", "2048"
    )
    place.done("export", "--run", "runs/base", "--out", "models/base")
    return place


def test_the_block_blocks(place: Place) -> None:
    for package in ("torch", "triton"):
        ended = place.python("-c", f"import {package}")

        assert ended.returncode == 1
        assert f"No module named '{package}'" in ended.stderr


def test_no_module_but_those_of_its_room_imports_it(place: Place) -> None:
    code = (
        "import pkgutil, importlib, training\n"
        "names = [m.name for m in pkgutil.walk_packages(training.__path__, 'training.')\n"
        "         if not m.name.startswith('training.torch') and '__main__' not in m.name]\n"
        "[importlib.import_module(name) for name in names]\n"
        "print(len(names))"
    )

    ended = place.python("-c", code)

    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) > 30


@pytest.mark.parametrize("family", ["wygpt-pair", "wygpt-ngram", "wygpt"])
def test_pretrain_and_export_of_every_family(place: Place, family: str) -> None:
    sizes = SIZES if family != "wygpt" else SIZES[:-2]
    run, model = f"runs/{family}", f"models/{family}"

    place.done(
        *("pretrain", "--family", family, "--data", "data", "--out", run, *sizes, *STEPS),
        *("--bytes", "1024"),
    )
    place.done("export", "--run", run, "--out", model)

    card = json.loads((place.folder / model / "config.json").read_text("utf-8"))
    assert card["family"] == family
    assert card["bytes_seen"] == 1024
    assert "classics.valid bits per character" in card["valid"]
    assert (place.folder / run / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_a_run_without_an_end_and_the_one_that_ends_it(place: Place) -> None:
    common = ("pretrain", "--data", "data", *SIZES, *STEPS)
    place.done(*common, "--out", "runs/long", "--decay-share", "0", "--bytes", "1024")

    place.done(
        *("pretrain", "--data", "data", "--decay", "runs/long", "--out", "runs/short"),
        *("--bytes", "1024", "--threads", "1"),
    )
    place.done("export", "--run", "runs/short", "--out", "models/short")

    card = json.loads((place.folder / "models/short/config.json").read_text("utf-8"))
    assert card["bytes_seen"] == 2048


def test_a_reader_of_an_accounts_notes(place: Place) -> None:
    (place.folder / "notes").mkdir()
    text = "\n\n".join(f"问：{n}号房几点退\n答：{n}号房中午退。" for n in range(30))
    (place.folder / "notes" / "inn.md").write_text(text, "utf-8")
    herb = {"name": "青葙", "book": "某书", "author": "某", "dynasty": "清"}
    herb["text"] = "味苦，微寒。主邪气，皮肤中热，风瘙身痒。"
    data = place.folder / "reading"
    shutil.copytree(place.data, data)
    (data / "herbs.jsonl").write_text(json.dumps(herb), "utf-8")
    for name in ("classics.train", "general-zh.train"):
        (data / f"{name}.txt").write_text(LONG * 40, "utf-8")

    printed = place.done(
        *("finetune", "--model", "models/base", "--data", "reading", "--out", "models/chat"),
        *("--work", "runs/chat", "--bytes", "1024", "--knowledge", "notes", *STEPS),
    )

    assert "bits per character      before   after" in printed
    card = json.loads((place.folder / "models/chat/config.json").read_text("utf-8"))
    assert card["bytes_seen"] == 3072
    assert card["evidence"]


def test_a_personal_model_of_a_text(place: Place) -> None:
    (place.folder / "mine.txt").write_text("黄芪甘温，补气固表。\n" * 60, "utf-8")

    printed = place.done(
        *("finetune", "--model", "models/base", "--data", "mine.txt", "--out", "models/mine"),
        *("--bytes", "1024", *STEPS),
    )

    assert "own" in printed
    assert (place.folder / "models/mine/model.safetensors").exists()


def test_evaluate(place: Place) -> None:
    printed = place.done(
        *("evaluate", "--model", "models/base", "--data", "data", "--no-samples"),
        *("--limit-characters", "100"),
    )

    assert "bits_per_character" in printed


def test_models_of_the_original_come_and_go(place: Place) -> None:
    sizes = WygptSizes(context=5, width=8, depth=2, heads=2)
    random = np.random.default_rng(1)
    tensors = {name: random.standard_normal(shape) for name, shape in sizes.tensors()}
    write_wygpt(place.folder / "model.bin", sizes, tensors)

    place.done("import-wygpt", "model.bin", "--out", "models/original")
    place.done("export-wygpt", "--model", "models/original", "--out", "again.bin")

    first, again = (place.folder / name for name in ("model.bin", "again.bin"))
    assert first.read_bytes() == again.read_bytes()


@pytest.mark.parametrize("option", [("--core", "torch"), ("--device", "cuda")])
def test_who_asks_for_it_is_told_what_to_install(place: Place, option: tuple[str, str]) -> None:
    ended = place.training(
        *("pretrain", "--data", "data", "--out", "runs/none", *SIZES, "--bytes", "1024", *option)
    )

    assert ended.returncode == 2
    assert "need PyTorch: pip install --editable '.[train,torch]'" in ended.stderr
    assert not (place.folder / "runs" / "none").exists()
