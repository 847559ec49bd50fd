"""The three kinds of text come into the one form."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.library.cleaning import clean
from knowledge.library.records import Book
from knowledge.library.sources import Document

MARKED = """<篇名>竹下医话
书名：竹下医话
作者：林竹下（号散人）
朝代：初刊于清·嘉庆五年
年份：公元1800年



<目录>卷一\\上篇

<篇名>论梦

内容：梦者魂之游也，昼之所思夜之所梦，心有所系则梦不安，故治梦者先治心而后及其余脏，此理易明而人
多忽之。
又有食滞而梦者，胃不和也∶消其食则梦自止，切莫妄投安神之药，毒瓦斯内
攻，
反致大患。
\\x林竹下自记\\x

<目录>卷一\\上篇

<篇名>论醒

内容：醒者神之归也，《医经》
云云。
作者：他人
今人按：成人血压高者，石决明（三十克），不在此例。
"""


def document(text: str, name: str = "001-某书.txt") -> Document:
    return Document(Path(name), text, alone=True)


def test_a_marked_transcription_is_brought_into_the_one_form() -> None:
    cleaned = clean(document(MARKED))

    assert cleaned.book == Book("竹下医话", "林竹下", "清")
    assert cleaned.text.split("\n") == [
        "# 卷一 上篇",
        "## 论梦",
        "梦者魂之游也，昼之所思夜之所梦，心有所系则梦不安，故治梦者先治心而后及其余脏，此理易明而人多忽之。",
        "又有食滞而梦者，胃不和也：消其食则梦自止，切莫妄投安神之药，毒气内攻，反致大患。",
        "林竹下自记",
        "## 论醒",
        "醒者神之归也，《医经》云云。",
    ]


def test_a_modern_work_among_them_is_refused() -> None:
    assert (
        clean(document(MARKED.replace("朝代：初刊于清·嘉庆五年", "朝代：现代"))).refusal
        == "a modern work (现代)"
    )


def test_the_one_form_stays_as_it_is() -> None:
    text = "# 卷一\n## 论梦\n梦者，魂之游也。毒瓦斯云云，是原书之误。"

    cleaned = clean(document(f"《竹下医话》 林竹下 清\n{text}\n"))

    assert cleaned.book == Book("竹下医话", "林竹下", "清")
    assert cleaned.text == text


@pytest.mark.parametrize(
    ("first", "book"),
    [
        ("《甲》 乙 丙", Book("甲", "乙", "丙")),
        ("# 《甲》 乙 丙", Book("甲", "乙", "丙")),
        ("《甲》 乙", Book("甲", "乙", "")),
        ("《甲》", Book("甲")),
    ],
)
def test_the_first_line_is_the_citation(first: str, book: Book) -> None:
    assert clean(document(f"{first}\n正文在此。")).book == book


def test_another_text_is_called_by_its_file() -> None:
    cleaned = clean(document("正文在此。\n第二行。", "012-家传笔记.txt.xz"))

    assert cleaned.book == Book("家传笔记")
    assert cleaned.text == "正文在此。\n第二行。"


def test_markdown_is_called_by_its_title_and_keeps_its_headings() -> None:
    cleaned = clean(document("# 笔记\n## 一\n甲。\n#### 二\n乙。", "a.md"))

    assert cleaned.book == Book("笔记")
    assert cleaned.text == "## 一\n甲。\n## 二\n乙。"


def test_invisible_characters_go_and_letters_are_composed() -> None:
    cleaned = clean(document("《甲》\ncafe\u0301\u200b\ufeff\x02\x1b正文\ue000。  \n"))

    assert cleaned.text == "café正文。"


@pytest.mark.parametrize(
    ("book", "citation"),
    [
        (Book("甲", "乙", "清"), "《甲》（乙·清）"), (Book("甲", "佚名", "汉"), "《甲》（汉）"),
        (Book("甲", "乙"), "《甲》（乙）"), (Book("甲"), "《甲》"),
    ],
)  # fmt: skip
def test_a_citation_holds_what_is_known(book: Book, citation: str) -> None:
    assert book.citation == citation
