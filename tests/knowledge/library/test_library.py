"""Passages found and their order; what books say; the oldest place of a saying."""

from __future__ import annotations

import threading
from multiprocessing import get_context
from pathlib import Path

import pytest

from knowledge.library import Library, LibraryError, quote
from tests.knowledge.library.books import POISONS, make_library


def titles(library: Library, question: str, **options: object) -> list[str]:
    return [passage.book.title for passage in library.find(question, **options)]


def test_a_heading_that_is_the_word_comes_first_and_each_book_once(library: Library) -> None:
    found = library.find("古人怎么说不寐")

    assert {passage.section for passage in found[:2]} == {"论不寐", "不寐"}
    assert len({passage.book.title for passage in found}) == len(found)


@pytest.mark.parametrize(
    "question", ["《竹窗医话》怎么说不寐", "沈竹窗怎么论不寐", "竹窗医话里的不寐"]
)
def test_a_named_book_or_author_comes_first(library: Library, question: str) -> None:
    assert titles(library, question)[0] == "竹窗医话"


def test_other_words_find_what_the_asked_one_does_not(library: Library) -> None:
    assert titles(library, "失眠") == []
    assert "青竹医经" in titles(library, "失眠", also=["不寐"])


def test_a_question_in_traditional_characters_finds_the_same(library: Library) -> None:
    assert (
        titles(library, "請問古人怎麼說「養性」？")
        == titles(library, "请问古人怎么说「养性」？")
        != []
    )


def test_a_book_alone_is_answered_by_its_beginning(library: Library) -> None:
    (first, *_) = library.find("《青竹医经》讲了什么")

    assert first.section == "论不寐"


@pytest.mark.parametrize(
    "question", ["", "？", "手机没有信号", "hello world", "\x02", '"不寐', "a" * 5000, "的" * 5000]
)
def test_what_no_book_holds_is_not_found(library: Library, question: str) -> None:
    assert [one for one in library.find(question) if "不寐" not in question] == []


def test_the_limit_is_kept(library: Library) -> None:
    assert len(library.find("不寐", 1)) == 1


def test_no_passage_holds_a_dose(library: Library) -> None:
    found = library.find("青竹汤", 10)

    assert found
    assert all("三两" not in passage.text and "二升" not in passage.text for passage in found)
    assert any("治虚烦不得眠" in passage.text for passage in found)


def test_a_poison_is_never_called_harmless(library_file: Path, library: Library) -> None:
    assert "竹窗医话" not in titles(library, "乌头", limit=10)
    assert "竹窗医话" in [p.book.title for p in Library(library_file, ()).find("乌头", 10)]
    assert "百草新编" in titles(library, "白头翁")  # no poison: it may be


def test_without_names_of_poisons_nothing_is_called_harmless(library_file: Path) -> None:
    with Library(library_file) as unknowing:
        assert titles(unknowing, "白头翁") == []
        assert all(fact.value != "无毒" for fact in unknowing.facts("石竹根"))


@pytest.mark.parametrize(
    "saying",
    [
        "未渴而先穿井",
        "“未渴而先穿井”这句话出自哪本书？",
        "病未生而先养其正，譬如未渴而先穿井，此上工之道也",
        "病未生而先養其正",
        "病未生先养其正，譬如未渴而先穿井",
    ],
)
def test_the_oldest_book_with_a_saying_is_found(library: Library, saying: str) -> None:
    found = library.oldest(saying)

    assert found is not None
    assert found.book.title == "青竹医经"


@pytest.mark.parametrize("saying", ["", "，", "百闻不如一见", "今天天气不错适合出门"])
def test_a_saying_that_no_book_holds_has_no_oldest_place(library: Library, saying: str) -> None:
    assert library.oldest(saying) is None


def test_a_quotation_names_book_author_and_dynasty(library: Library) -> None:
    found = library.oldest("宜分别施治")

    assert found is not None
    assert quote(found) == f"「{found.text}」——《竹窗医话》（沈竹窗·清）"


def test_views_are_of_several_books_the_oldest_first(library: Library) -> None:
    assert [passage.book.title for passage in library.views("不寐")] == ["青竹医经", "竹窗医话"]
    assert [passage.book.title for passage in library.views("不寐", 1)] == ["青竹医经"]
    assert library.views("没有的标题") == []


def test_passages_come_by_number_but_no_poison_that_is_called_harmless(library: Library) -> None:
    found = library.passages(range(1, library.counts["passages"] + 2))

    assert len(found) == library.counts["passages"] - 1
    assert [passage.number for passage in found] == sorted(passage.number for passage in found)
    assert library.passages([found[3].number]) == [found[3]]
    assert library.passages([0, 10**9]) == []


def test_facts_say_where_they_stand(library: Library) -> None:
    found = {
        (fact.passage.book.title, fact.relation): fact.value for fact in library.facts("石竹根")
    }

    assert found == {
        ("百草新编", "taste"): "甘、苦",
        ("百草新编", "nature"): "微寒",
        ("百草新编", "toxicity"): "无毒",
        ("百草新编", "channels"): "心、肺",
        ("竹窗医话", "taste"): "苦",
        ("竹窗医话", "nature"): "寒",
        ("竹窗医话", "toxicity"): "小毒",
        ("竹窗医话", "channels"): "心",
    }


def test_differences_are_only_where_books_differ(library: Library) -> None:
    differ = library.differences("toxicity", "石竹根")

    assert {
        value: [fact.passage.book.title for fact in facts] for value, facts in differ.items()
    } == {"无毒": ["百草新编"], "小毒": ["竹窗医话"]}
    assert library.differences("nature", "石竹根") == {}  # 微寒 and 寒 are one side
    assert library.differences("taste", "乌头") == {}


def test_many_threads_get_what_one_gets(library: Library) -> None:
    questions = ["不寐", "石竹根", "春三月早起", "青竹汤", "乌头"] * 8
    expected = [library.find(question) for question in questions]
    got: dict[int, object] = {}

    def ask(part: int) -> None:
        for number in range(part, len(questions), 8):
            got[number] = library.find(questions[number])

    threads = [threading.Thread(target=ask, args=(part,)) for part in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [got[number] for number in range(len(questions))] == expected


def _ask_there(file: Path) -> list[str]:
    with Library(file, POISONS) as library:
        return titles(library, "不寐")


def test_processes_share_a_file(library: Library) -> None:
    with get_context("spawn").Pool(2) as pool:
        assert pool.map(_ask_there, [library.file] * 4) == [titles(library, "不寐")] * 4


def test_an_open_library_goes_on_while_it_is_built_anew(tmp_path: Path) -> None:
    file = make_library(tmp_path)
    with Library(file, POISONS) as before:
        make_library(
            tmp_path,
            {"one.txt": "《别的书》 某人 清\n## 别的\n这里讲的是别的事情，与睡眠毫无关系。\n"},
        )

        assert "青竹医经" in titles(before, "不寐")
    with Library(file, POISONS) as after:
        assert titles(after, "不寐") == []


def test_a_closed_library_says_so(library_file: Path) -> None:
    library = Library(library_file)
    library.close()

    with pytest.raises(LibraryError, match="is closed"):
        library.find("不寐")
