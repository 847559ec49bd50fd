import lzma

import numpy as np
import pytest

from inference.config import EngineConfig
from inference.engine import Engine
from training.errors import DataError
from training.evaluation.corpora import (
    Cost,
    ValidText,
    int8_loss,
    is_english,
    measure,
    take_spread,
    valid_texts,
    wanted_texts,
)


def by_name(data, **options):
    return {text.name: text for text in valid_texts(data, **options)}


def test_plain_dialogue_is_turns_by_lines_and_conversations_by_blank_lines(data):
    text = by_name(data)["dialogue, plain"]

    assert text.text.startswith("你好\n请说。\n\n你好\n您好。\n\n黄芪")
    assert text.characters == len(text.text)


def test_chat_format_counts_its_control_bytes_but_divides_by_written_characters(data):
    lines = (data / "dialogue.valid.jsonl").read_text(encoding="utf-8").splitlines()
    (data / "dialogue.valid.jsonl").write_text("\n".join(lines[:2]), encoding="utf-8")

    chat = by_name(data)["dialogue, chat format"]

    assert chat.text == "\x02你好\x03请说。\x04\x1c\x02你好\x03您好。\x04"
    assert (chat.characters, chat.utf8) == (10, 30)


def test_limit_takes_the_beginning(data):
    assert all(text.characters <= 7 for text in valid_texts(data, limit=5))
    assert by_name(data, limit=5)["classics"].text == "人参甘温，"


def test_only_texts_that_are_there_are_measured(data):
    (data / "dialogue.valid.jsonl").unlink()

    assert list(by_name(data)) == ["classics", "general-zh"]
    assert list(by_name(data, wanted=frozenset({"classics", "pubmed"}))) == ["classics"]


def test_a_folder_without_any_and_an_empty_text_are_refused(data, tmp_path):
    with pytest.raises(DataError, match=r"has no classics.valid, .*check --data"):
        valid_texts(tmp_path)
    (data / "classics.valid.txt").write_text("")
    with pytest.raises(DataError, match=r"classics in .* holds no text"):
        valid_texts(data)


def test_english_is_measured_for_models_that_read_it():
    assert wanted_texts(["classics.train", "other"]) == {"classics", "general-zh", "dialogue"}
    assert wanted_texts(["pubmed.train"]) == {"pubmed"}
    assert "pubmed" in wanted_texts(["pubmed.train", "classics.train"])
    assert is_english(["pubmed.train"])
    assert not is_english([])


def test_a_spread_part_is_four_pieces_from_beginning_to_end():
    text = ValidText("x", "".join(chr(0x4E00 + i) for i in range(100)), 100, 300, plain=True)

    part = take_spread(text, 8)

    starts = [ord(part.text[at]) - 0x4E00 for at in (0, 2, 4, 6)]
    assert starts == [0, 32, 64, 96]
    assert (part.characters, part.utf8) == (8, 24)
    assert take_spread(text, 100) is text


def test_a_spread_part_of_the_chat_format_is_its_beginning():
    text = ValidText("x", "\x02问\x03答\x04" * 9, 18, 54, plain=False)

    part = take_spread(text, 7)

    assert part.text == "\x02问\x03答\x04\x02问"
    assert (part.characters, part.utf8) == (3, 9)


def test_a_cost_is_the_sum_of_bits_over_characters_and_bytes(model, data):
    text, told = by_name(data)["classics"], []

    with Engine.open(model, EngineConfig(backend="reference")) as engine:
        cost = measure(engine, text, told.append)
        bits = -engine.score(text.text.encode("gb18030")).sum(dtype=np.float64)

    assert cost.bits_per_character == pytest.approx(bits / len(text.text))
    assert cost.bits_per_utf8_byte == pytest.approx(bits / len(text.text.encode()))
    assert sum(told) == len(text.text.encode("gb18030"))


def test_int8_loss_is_in_percent():
    found = int8_loss(Cost(5.05, 1.7, 10), Cost(5.0, 1.7, 10))

    assert found["loss_percent"] == pytest.approx(1.0)


def test_half_of_a_surrogate_pair_counts_as_one_broken_character(data):
    turns = '[{"role": "user", "text": "\\ud800"}, {"role": "assistant", "text": "好"}]'
    (data / "dialogue.valid.jsonl").write_text(f'{{"turns": {turns}}}', encoding="utf-8")

    assert by_name(data)["dialogue, plain"].text == "\ufffd\n好"


def test_a_damaged_packed_file_is_refused(data):
    (data / "classics.valid.txt").unlink()
    (data / "classics.valid.txt.xz").write_bytes(lzma.compress("人参".encode())[:-9])

    with pytest.raises(DataError, match="no whole xz file"):
        valid_texts(data)
