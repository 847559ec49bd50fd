"""The files of a new account, read as the service reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.contradictions import find_conflicts
from knowledge.find import Finder
from knowledge.found import Band
from knowledge.notes import Knowledge
from knowledge.reading import read_folder
from knowledge.trial import read_trials, run_trials
from knowledge.turns import Turns
from xinglin.account.folder import write_folder
from xinglin.account.starter import starter_bundle, starter_guide

TEASHOP = Path(__file__).resolve().parents[2] / "knowledge" / "data" / "teashop"


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    folder = tmp_path_factory.mktemp("mine")
    write_folder(folder, starter_bundle("我的店"))
    return read_folder(folder / "knowledge")


def test_small_talk_does_not_fall_flat(notes: Knowledge) -> None:
    finder = Finder(notes)
    said = ("你好！", "在吗？", "謝謝啦", "再见", "你是谁呀", "你是真人吗", "哈哈", "好的", "嗯嗯")

    for one in said:
        found = Turns(finder).understand(one)
        assert found.band == Band.ANSWER and found.pieces[0].id.startswith("note:talk.txt"), one
    assert "不是真人" in finder.look_up("你是真人吗").pieces[0].text


def test_the_files_agree_and_the_comment_is_no_note(notes: Knowledge) -> None:
    assert find_conflicts(notes) == []
    assert not any("闲聊" in text for note in notes.notes for text in note.questions)
    assert "talk.txt" in starter_guide()


def test_small_talk_takes_no_question_from_the_other_notes(notes: Knowledge) -> None:
    own = read_folder(TEASHOP / "knowledge")
    trials = read_trials((TEASHOP / "questions.jsonl").read_text("utf-8"), "teashop")
    faq = tuple(note for note in notes.notes if note.place.file == "faq.txt")
    without = Knowledge((*own.notes, *faq), own.tables, own.lacking)
    both = Knowledge((*own.notes, *notes.notes), own.tables, own.lacking)

    plain = [good for *_, good in run_trials(Finder(without), trials)]
    mixed = [good for *_, good in run_trials(Finder(both), trials)]

    assert sum(mixed) >= sum(plain)
    for question in ("我可以退货吗", "你会修壶吗", "收到的货坏了"):
        found = Finder(both).look_up(question)
        assert not any(one.id.startswith("note:talk.txt") for one in found.pieces)
