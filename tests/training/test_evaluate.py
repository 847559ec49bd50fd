import json

import pytest
import torch

from training.cli import main
from training.data import encode_corpus
from training.evaluate import valid_texts
from training.export import export_run
from training.samples import Sample, count_samples, read_prompts, repeated
from training.trainer import TrainConfig, Trainer
from training.wygpt import WygptShape


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("classics", "general-zh"):
        (folder / f"{name}.valid.txt").write_text("人参甘温。" * 8, encoding="utf-8")
    turns = [{"role": "user", "text": "你好"}, {"role": "assistant", "text": "请说。"}]
    line = json.dumps({"source": "chatterbot/1", "turns": turns})
    (folder / "dialogue.valid.jsonl").write_text(f"{line}\n{line}\n")
    return folder


def test_plain_dialogue_is_turns_by_lines_and_conversations_by_blank_lines(data):
    texts = {text.name: text for text in valid_texts(data)}

    assert texts["dialogue, plain"].text == "你好\n请说。\n\n你好\n请说。"
    assert texts["dialogue, plain"].characters == 14


def test_chat_format_counts_its_control_bytes_but_divides_by_written_characters(data):
    texts = {text.name: text for text in valid_texts(data)}

    chat = texts["dialogue, chat format"]
    assert chat.text == "\x02你好\x03请说。\x04\x1c\x02你好\x03请说。\x04"
    assert chat.characters == 10
    assert chat.utf8 == 30


def test_limit_takes_the_beginning(data):
    assert all(text.characters <= 5 for text in valid_texts(data, limit=5))


def test_evaluate_prints_json_and_markdown(data, tmp_path, capsys):
    torch.manual_seed(1)
    corpus = encode_corpus("a", ["人参甘温。" * 20], "gb18030")
    config = TrainConfig(bytes_budget=64, batch_bytes=64, compile=False, shares={"a": 1.0})
    shape = WygptShape(width=8, layers=1, heads=2, context=32)
    Trainer(tmp_path / "run", shape, config, [corpus], [], "cpu").run()
    export_run(tmp_path / "run", tmp_path / "m", name="m", version="1", licence="Apache-2.0")
    (tmp_path / "prompts.txt").write_text("你好\n你是谁？\n", encoding="utf-8")
    capsys.readouterr()

    files = ["--model", str(tmp_path / "m"), "--data", str(data)]
    options = ["--prompts", str(tmp_path / "prompts.txt"), "--out", str(tmp_path / "scores.json")]
    status = main(["evaluate", *files, "--backend", "reference", *options])

    assert status == 0
    found = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    # An untrained model spends about 8 bits on each of a character's two bytes.
    assert 10 < found["measured"]["reference"]["classics"]["bits_per_character"] < 20
    assert len(found["samples"]) == 2
    assert "| classics | reference |" in capsys.readouterr().out


def test_repetition_is_counted_in_runs_of_four_characters():
    assert repeated("甲乙丙丁戊己庚辛") == 0.0
    assert repeated("甲乙丙丁" * 4) > 0.6
    assert repeated("短") == 0.0


def test_samples_are_counted():
    samples = [Sample("?", "好。", True), Sample("?", "", False)]

    found = count_samples(samples)

    assert found["ended by itself"] == 0.5
    assert found["empty"] == 0.5
    assert found["mean characters"] == 1.0


def test_built_in_questions_are_about_thirty():
    assert 25 <= len(read_prompts()) <= 40
