"""The file: every passage stands so in its book, nothing with a dose, whole or not at all."""

from __future__ import annotations

import lzma
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.library import Library, LibraryError, build, quote
from knowledge.library.passages import has_dose
from tests.knowledge.library.books import (
    BOOKS,
    every_passage,
    make_library,
    whole_text,
    write_books,
)

LETTERS = st.text(
    alphabet=st.one_of(
        st.sampled_from(
            "心肝脾肺肾寒热虚实气血风湿，，。；！？、：“”（）「」 □三两钱升个丸无毒有温甘苦"
        ),
        st.characters(exclude_categories=["Cs", "Cc"]),
    ),
    max_size=90,
)
LINES = st.one_of(LETTERS, LETTERS.map("# {}".format), LETTERS.map("## {}".format), st.just(""))
TEXTS = st.lists(LINES, max_size=25).map("\n".join)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_every_passage_is_its_byte_range_and_stands_so_in_the_book(texts: list[str]) -> None:
    from knowledge.library.cleaning import clean
    from knowledge.library.sources import Document

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = []
        for number, text in enumerate(texts):
            files.append(folder / f"{number}.txt")
            files[-1].write_bytes(f"《书{number}》 某人 明\n{text}".encode())
        documents = [
            f.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
            for f in files
        ]
        books = {
            f"书{n}": clean(Document(files[n], t, alone=True)).text for n, t in enumerate(documents)
        }
        try:
            build(folder / "out", files)
        except LibraryError as error:
            assert "no book" in str(error) or "not a text file" in str(error)
            return
        with Library(folder / "out", ()) as library:
            run = whole_text(library)
            for start, size, text in every_passage(library):
                assert run[start : start + size].decode("gb18030") == text
                assert not has_dose(text)
                assert any(text in book for book in books.values())
            with library._reading() as reader:
                rows = reader.rows(range(1, library.counts["passages"] + 1))
                for row in rows:
                    shelved = library._books[row.book]
                    assert reader.text(row.start, row.size) in books[shelved.book.title]


def test_every_quotation_of_every_way_stands_in_its_book(library: Library) -> None:
    passages = [
        *library.find("不寐", 9), *library.find("乌头", 9), *library.views("石竹根", 9),
        *(fact.passage for fact in library.facts("石竹根", "乌头", "白头翁")),
    ]  # fmt: skip
    run = whole_text(library)

    assert len(passages) > 8
    for passage in passages:
        (source,) = [
            text for text in BOOKS.values() if text.startswith(f"《{passage.book.title}》")
        ]
        assert passage.text in source
        assert f"「{passage.text}」——《" in quote(passage)
        assert run[passage.start : passage.start + passage.size].decode("gb18030") == passage.text


def test_the_library_holds_each_book_whole(library: Library) -> None:
    run = whole_text(library).decode("gb18030")

    for text in BOOKS.values():
        assert text.partition("\n")[2].rstrip("\n") in run


def test_one_file_of_many_books_and_xz_give_the_same(tmp_path: Path) -> None:
    together = tmp_path / "all.txt.xz"
    together.write_bytes(lzma.compress("\n\x1c\n".join(BOOKS.values()).encode()))
    one, other = tmp_path / "one.library", tmp_path / "other.library"
    build(one, [together])
    build(other, write_books(tmp_path))

    with Library(one, ()) as a, Library(other, ()) as b:
        assert a.find("不寐") == b.find("不寐")
        assert a.counts == b.counts


def test_a_folder_is_read_with_its_subfolders(tmp_path: Path) -> None:
    folder = tmp_path / "books"
    (folder / "more").mkdir(parents=True)
    write_books(folder / "more")
    (folder / "picture.png").write_bytes(b"\x89PNG")

    assert build(tmp_path / "out", [folder]).books == 3


def test_the_report_counts_what_the_file_holds(tmp_path: Path) -> None:
    files = write_books(tmp_path)
    report = build(tmp_path / "out", [*files, files[0]])

    assert report.books == 3
    assert report.left_out == ()  # a file named twice is read once
    assert report.size == (tmp_path / "out").stat().st_size
    with Library(tmp_path / "out") as library:
        assert library.counts == {
            "books": 3,
            "passages": report.passages,
            "headings": report.headings,
            "facts": report.facts,
            "characters": report.characters,
        }


def test_the_same_book_twice_is_taken_once(tmp_path: Path) -> None:
    files = write_books(tmp_path, {"a.txt": BOOKS["old.txt"], "b.txt": BOOKS["old.txt"]})
    report = build(tmp_path / "out", files)

    assert report.books == 1
    assert report.left_out == ("《青竹医经》 (b.txt): the same text twice",)


def test_books_are_ordered_by_age_whatever_the_order_of_files(tmp_path: Path) -> None:
    build(tmp_path / "out", reversed(write_books(tmp_path)))

    with Library(tmp_path / "out") as library:
        assert [one.book.dynasty for one in library._books.values()] == ["汉", "明", "清"]


def test_readers_may_belong_to_another_user(tmp_path: Path) -> None:
    assert stat.S_IMODE(make_library(tmp_path).stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\x00\x00\x01\x02" * 50, "is not a text file"),
        ("文字".encode("utf-16"), "is UTF-16; save it as UTF-8"),
        (b"\xff\xff\xff\xff" * 9, "neither UTF-8 nor GB18030"),
        (b"", "no book to build"),
        ("《书》 某人 明\n".encode(), "no text"),
    ],
)
def test_what_is_no_book_is_named_and_leaves_the_old_library(
    tmp_path: Path, content: bytes, words: str
) -> None:
    out = make_library(tmp_path)
    before = out.read_bytes()
    file = tmp_path / "wrong.txt"
    file.write_bytes(content)

    with pytest.raises(LibraryError, match=words):
        build(out, [file])
    assert out.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*BOOKS, out.name, file.name])


def test_a_damaged_xz_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.txt.xz"
    file.write_bytes(lzma.compress(BOOKS["old.txt"].encode())[:-20])

    with pytest.raises(LibraryError, match=r"a\.txt\.xz: cannot be read"):
        build(tmp_path / "out", [file])


def test_nothing_but_a_library_is_overwritten(tmp_path: Path) -> None:
    files = write_books(tmp_path)
    precious = tmp_path / "precious.doc"
    precious.write_text("precious " * 20)

    for out, words in [
        (precious, "is no library"), (files[0], "is one of the books"), (tmp_path, "is a folder"),
        (tmp_path / "no" / "out", "does not exist"),
    ]:  # fmt: skip
        with pytest.raises(LibraryError, match=words):
            build(out, files)
    assert precious.read_text() == "precious " * 20


def test_files_that_do_not_exist_or_are_of_another_kind_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")

    with pytest.raises(LibraryError, match=r"none\.txt: no such file"):
        build(tmp_path / "out", [tmp_path / "none.txt"])
    with pytest.raises(LibraryError, match=r"a book is a \.txt or \.md file"):
        build(tmp_path / "out", [tmp_path / "a.pdf"])


def test_a_book_above_the_bound_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge.library.sources.LARGEST_BOOK", 100)

    with pytest.raises(LibraryError, match=r"old\.txt: a book of more than"):
        build(tmp_path / "out", write_books(tmp_path))


def test_a_long_text_without_passages_is_held_in_bounded_blocks(tmp_path: Path) -> None:
    doses = "甲药三两，乙药二钱。" * 20000
    file = make_library(
        tmp_path, {"a.txt": f"《方书》 某人 明\n## 方\n{doses}此方治头痛甚效，不可多用。\n"}
    )

    with Library(file, ()) as library, library._reading() as reader:
        longest = reader._database.execute("select max(size) from blocks").fetchone()[0]
        assert longest < 1 << 16
        assert [passage.text for passage in library.find("头痛")] == ["此方治头痛甚效，不可多用。"]
