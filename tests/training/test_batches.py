import numpy as np
import pytest

from inference.prompt import ASSISTANT, END, USER
from training.batches import BatchSampler, measure_corpus
from training.conversations import (
    ASSISTANT_WEIGHT,
    USER_WEIGHT,
    ConversationCorpus,
    encode_conversation,
    measure_answers,
)
from training.data import encode_corpus
from training.errors import DataError

CODECS = ("utf-8", "gb18030", "utf-16-le")
TURNS = [("黄芪治什么？", "补气。"), ("还有呢？", "固表。")]


def corpus(name="a", text="人参 甘温 大补元气。" * 40):
    return encode_corpus(name, [text], "gb18030")


def test_windows_of_the_same_seed_are_the_same():
    first, second = (BatchSampler([corpus()], {"a": 1.0}, seed=3) for _ in range(2))

    assert np.array_equal(first.draw(4, 16).data, second.draw(4, 16).data)


def test_windows_go_on_from_a_saved_state():
    windows = BatchSampler([corpus()], {"a": 1.0}, seed=3)
    windows.draw(2, 8)
    state = windows.state()
    expected = windows.draw(4, 16).data

    other = BatchSampler([corpus()], {"a": 1.0}, seed=99)
    other.restore(state)

    assert np.array_equal(other.draw(4, 16).data, expected)


def test_shares_decide_how_often_a_corpus_is_drawn():
    windows = BatchSampler(
        [corpus("a", "甲" * 99), corpus("b", "乙" * 99)], {"a": 3, "b": 1}, seed=1
    )

    # The first bytes of 甲 and 乙 in GB18030 differ; a window holds only one of the characters.
    data = windows.draw(2000, 8).data
    share = np.mean([0xBC in row for row in data])

    assert 0.7 < share < 0.8


def test_windows_without_a_share_are_refused():
    with pytest.raises(DataError, match="no corpus has a share"):
        BatchSampler([corpus()], {"b": 1.0}, seed=1)


def test_text_shorter_than_a_window_is_repeated():
    windows = BatchSampler([corpus("a", "短")], {"a": 1.0}, seed=1)

    assert windows.draw(2, 64).data.shape == (2, 65)


def test_measure_is_always_the_same_windows():
    first, second = (measure_corpus(corpus(), 5, 16) for _ in range(2))

    assert np.array_equal(first.batch.data, second.batch.data)
    assert first.bytes_per_character == pytest.approx(2.0, abs=0.2)


@pytest.mark.parametrize("codec", CODECS)
def test_answers_and_their_end_weigh_more_than_questions(codec):
    found = encode_conversation(TURNS, codec)

    answers = b"".join(f"{answer}{END}".encode(codec) for _, answer in TURNS)
    assert found.data[found.weights == ASSISTANT_WEIGHT].tobytes() == answers
    questions = b"".join(f"{USER}{user}{ASSISTANT}".encode(codec) for user, _ in TURNS)
    assert found.data[found.weights == np.float32(USER_WEIGHT)].tobytes() == questions


@pytest.mark.parametrize("codec", CODECS)
def test_window_begins_with_a_conversation(codec):
    many = ConversationCorpus("a", [TURNS, [("你好", "你好。")]], codec)
    rng = np.random.default_rng(1)

    for _ in range(20):
        data, weights = many.window(rng, 120)

        assert len(data) == len(weights) == 120
        assert data.tobytes().startswith(USER.encode(codec))


def test_window_of_a_long_conversation_may_begin_at_any_turn():
    turns = [(f"第{n}问" * 4, f"第{n}答" * 4) for n in range(20)]
    many = ConversationCorpus("a", [turns], "gb18030")
    rng = np.random.default_rng(1)

    beginnings = {many.window(rng, 64)[0][:12].tobytes() for _ in range(100)}

    assert len(beginnings) > 5
    assert all(beginning.startswith(b"\x02") for beginning in beginnings)


def test_conversations_of_a_window_are_parted():
    many = ConversationCorpus("a", [TURNS], "gb18030")

    assert 0x1C in many.window(np.random.default_rng(1), 200)[0]


def test_measure_of_answers_counts_nothing_but_answers():
    many = ConversationCorpus("a", [TURNS, [("你好", "你好。")]], "gb18030")

    measure = measure_answers(many, 2, 64)

    counted = measure.batch.data[:, 1:][measure.batch.weights > 0].tobytes()
    assert counted.decode("gb18030") == f"补气。{END}固表。{END}你好。{END}"
    assert measure.bytes_per_character == pytest.approx(len(counted) / 12)


PAIRS = 2


@pytest.mark.parametrize("codec", ["utf-16-be", "utf-16-le"])
def test_windows_of_utf16_begin_with_a_character(codec):
    text = "人参甘温，𠀀大补元气。"
    windows = BatchSampler([encode_corpus("a", [text * 40], codec)], {"a": 1.0}, 1, stride=PAIRS)

    batch = windows.draw(200, 8)

    assert batch.data.shape == (200, 18)
    assert batch.weights.shape == (200, 16)
    known = {text.encode(codec)[at : at + 2] for at in range(0, 2 * len(text) + 2, 2)}
    known |= {"\x1c".encode(codec)}
    assert {row[at : at + 2].tobytes() for row in batch.data for at in range(0, 18, 2)} == known


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_windows_of_pairs_begin_anywhere_in_other_codecs(codec):
    corpus = encode_corpus("a", ["abcdefg人" * 40], codec)
    batch = BatchSampler([corpus], {"a": 1.0}, 1, stride=PAIRS).draw(300, 4)

    assert {ord("a"), ord("b")} <= set(batch.data[:, 0].tolist())


def test_weights_of_pairs_are_of_the_bytes_after_the_first_pair():
    many = ConversationCorpus("a", [TURNS], "utf-16-be")
    windows = BatchSampler([many], {"a": 1.0}, 1, stride=PAIRS)

    batch = windows.draw(1, 40)

    data, weights = batch.data[0], batch.weights[0]
    answer = f"补气。{END}".encode("utf-16-be")
    at = data.tobytes().index(answer)
    assert (weights[at - PAIRS : at - PAIRS + len(answer)] == ASSISTANT_WEIGHT).all()
    assert weights[at - PAIRS - 1] == np.float32(USER_WEIGHT)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("text", ["a", "ab", "字", "人参甘温"])
def test_a_text_of_any_length_can_be_measured_in_pairs(codec, text):
    measure = measure_corpus(encode_corpus("a", [text], codec), 2, 16, PAIRS)

    assert measure.batch.data.shape[1] % PAIRS == 0
    assert measure.batch.data.shape[1] - PAIRS == measure.batch.weights.shape[1] > 0


@pytest.mark.parametrize("codec", CODECS)
def test_answers_of_odd_length_are_measured_in_pairs(codec):
    many = ConversationCorpus("a", [[("你好", "abc")], [("a", "b")]], codec)

    measure = measure_answers(many, 2, 32, PAIRS)

    counted = measure.batch.data[:, PAIRS:][measure.batch.weights > 0].tobytes()
    assert counted.decode(codec) == f"abc{END}b{END}"
