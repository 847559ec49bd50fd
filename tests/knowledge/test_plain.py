"""Words that say the same."""

from knowledge.plain import denying_signs, one_wording, same_words


def test_each_plain_word_says_the_same_as_the_bookish_one() -> None:
    for same in same_words():
        for word in same.plain:
            assert one_wording(word) == same.sign, word


def test_texts_that_differ_in_such_words_are_one_and_others_are_not() -> None:
    assert one_wording("若久咳，则不宜饮酒") == one_wording("要是久咳，就不适合饮酒")
    assert one_wording("不宜饮酒") != one_wording("宜饮酒")


def test_of_what_denies_the_sign_denies() -> None:
    assert set(one_wording("不宜")) <= set(denying_signs())
    assert not set(one_wording("称为")) & set(denying_signs())
