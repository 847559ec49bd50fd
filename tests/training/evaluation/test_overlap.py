import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation import overlap
from training.evaluation.overlap import copied_shares, training_documents


def by_looking(reply, documents, length):
    covered = set()
    for at in range(len(reply) - length + 1):
        if any(reply[at : at + length] in document for document in documents):
            covered |= set(range(at, at + length))
    return len(covered) / len(reply) if reply else 0.0


_TEXT = st.text("甲乙", max_size=40)


@given(st.lists(_TEXT, max_size=4), st.lists(_TEXT, max_size=4), st.integers(1, 9))
def test_copies_agree_with_looking_for_each_piece(replies, documents, length):
    found = copied_shares(replies, documents, length=length)

    assert found == pytest.approx([by_looking(reply, documents, length) for reply in replies])


def test_a_copy_of_twenty_counts_and_one_of_nineteen_does_not():
    training = "".join(chr(0x4E00 + i) for i in range(100))
    nineteen, twenty = training[10:29], training[10:30]

    assert copied_shares([nineteen, f"不{twenty}不不不", ""], [training]) == [0.0, 20 / 24, 0.0]


def test_no_copy_spans_two_documents():
    assert copied_shares(["甲乙丙丁"], ["甲乙", "丙丁"], length=4) == [0.0]


def test_a_copy_is_found_where_two_parts_of_a_long_text_meet(monkeypatch):
    monkeypatch.setattr(overlap, "_PIECE", 8)
    training = "".join(chr(0x4E00 + i) for i in range(50))

    replies = [training[at : at + 5] for at in range(46)]

    assert copied_shares(replies, [training], length=5) == [1.0] * 46


def test_characters_beyond_the_first_plane_are_one_character():
    assert copied_shares(["𠀀𠀁𠀂"], ["前𠀀𠀁𠀂"], length=3) == [1.0]


def test_training_text_is_what_is_there(data, tmp_path):
    assert training_documents(data) == ["人参甘温，补五脏，安精神。" * 9]
    assert training_documents(tmp_path) == []
