import pytest

from training.errors import DataError
from training.evaluation.topic import is_on_topic, known_subjects, read_subjects, words_about


@pytest.fixture
def subjects(tmp_path):
    path = tmp_path / "subjects.txt"
    path.write_text("# remark\n\n桂枝: 桂\n桂枝汤 桂枝方\n黄芪 黄耆: 北芪 # remark\n", "utf-8")
    return read_subjects(path)


def test_a_question_is_answered_by_its_word_or_another_name(subjects):
    words = words_about("黄芪有什么功效？", subjects)

    assert words == ("黄芪", "黄耆", "北芪")
    assert is_on_topic("北芪补气。", words)
    assert not is_on_topic("当归补血。", words)


def test_the_longest_name_in_the_question_counts(subjects):
    assert words_about("桂枝汤怎么用？", subjects) == ("桂枝汤", "桂枝方")
    assert words_about("桂枝怎么用？", subjects) == ("桂枝", "桂")


def test_other_names_do_not_ask(subjects):
    assert words_about("桂花好看吗？", subjects) == ()
    assert not is_on_topic("桂枝", ())


@pytest.mark.parametrize(("text", "sentence"), [("# x\n", "no subject"), (": 甲\n", "line 1")])
def test_a_table_that_says_nothing_is_refused(text, sentence, tmp_path):
    path = tmp_path / "subjects.txt"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(DataError, match=sentence):
        read_subjects(path)


def test_the_built_in_table_has_no_word_twice_in_a_subject():
    for subject in known_subjects():
        words = [*subject.asked, *subject.other]
        assert len(words) == len(set(words))
