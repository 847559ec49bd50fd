import json
import random
from pathlib import Path

import pytest

from benchmarks.quality.likelihood_items import (
    Book,
    blanked_word,
    books_of,
    changed_term,
    changed_word,
    clauses_of,
    gathered,
    herb_items,
    next_clause,
)

MARKS = "，。；、"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two books of random clauses, each of words from a small list, with terms among them."""
    rng = random.Random(0)
    words = ["桂枝", "芍药", "麻子", "茯苓", "半升", "泽泻", "味甘", "性寒", "补脾", "柴胡", "当归"]

    def line() -> str:
        clauses = ("".join(rng.sample(words, rng.randint(2, 5))) for _ in range(14))
        return "".join(clause + rng.choice(MARKS) for clause in clauses)

    books = (f"《书》 人 代\n# 卷\n{line()}\n" + "\n".join(line() for _ in range(30)) for _ in "ab")
    path = tmp_path_factory.mktemp("data") / "classics.valid.txt"
    path.write_text("\n\x1c\n".join(books), "utf-8")
    return path


@pytest.mark.parametrize("make", [next_clause, blanked_word, changed_term, changed_word])
def test_same_seed_makes_the_same_items_from_every_book(make: object, file: Path) -> None:
    books = books_of(file)
    assert len(books) == 2
    one, two, other = (gathered(books, 21, make, seed) for seed in (1, 1, 2))
    assert one == two != other
    assert len(one) == 22
    assert len(set(one)) == 22


def test_first_choice_is_the_clause_that_follows(file: Path) -> None:
    text = file.read_text("utf-8")
    for item in gathered(books_of(file), 20, next_clause, 1):
        assert item.question + item.choices[item.answer] in text
        assert len(set(item.choices)) == 4
        assert {abs(len(c) - len(item.choices[0])) for c in item.choices} <= {0, 1}
        assert 30 <= len(item.question) <= 40


def test_first_word_is_the_one_that_was_blanked(file: Path) -> None:
    text = file.read_text("utf-8")
    for item in gathered(books_of(file), 20, blanked_word, 1):
        assert item.left + item.words[0] + item.right in text
        assert len(set(item.words)) == 4
        assert min(item.counts) >= 8


@pytest.mark.parametrize(("make", "longest"), [(changed_term, 1), (changed_word, 2)])
def test_falsehood_differs_in_one_place(make: object, longest: int, file: Path) -> None:
    text = file.read_text("utf-8")
    for pair in gathered(books_of(file), 20, make, 1):
        assert pair.true in text
        differing = [i for i, (a, b) in enumerate(zip(pair.true, pair.false)) if a != b]
        assert len(pair.true) == len(pair.false)
        assert 1 <= differing[-1] - differing[0] + 1 <= longest


def test_clauses_have_their_places() -> None:
    assert list(clauses_of("甲乙，丙。")) == [("甲乙", 0), ("丙", 3)]


def test_only_pairs_that_stand_together_are_words() -> None:
    others = [chr(0x5000 + i) for i in range(300)]
    assert Book("《书》\n" + "，".join(["桂枝"] * 9 + others)).words == {"桂枝": 9}
    assert Book("《书》\n" + "，".join(["桂枝"] * 7 + others)).words == {}
    # As often together as any two characters of so short a text.
    assert Book("《书》\n" + "，".join(["桂枝"] * 9)).words == {}


def test_herbs_are_asked_for_their_taste_and_nature(tmp_path: Path) -> None:
    herbs = [
        ("丹沙", "味甘，微寒。主身体五脏百病"),
        ("云母", "甘，平。主身皮死肌"),
        ("大黄", "味苦，寒。主下"),
        ("乌头", "味辛，温。主中风"),
        ("水", "味甘，平。"),
        ("石胆", "生羌道"),
    ]
    file = tmp_path / "herbs.jsonl"
    rows = [json.dumps({"name": name, "text": text}) for name, text in herbs]
    file.write_text("\n".join(rows), "utf-8")

    choosings, pairs = herb_items(file, 9, seed=1)

    assert {item.question for item in choosings} == {"丹沙，", "云母，", "大黄，", "乌头，"}
    answers = {item.question: item.choices[0] for item in choosings}
    assert (answers["丹沙，"], answers["云母，"]) == ("味甘，微寒", "味甘，平")
    assert all(len(set(item.choices)) == 4 for item in choosings)
    assert all(pair.true != pair.false for pair in pairs)
