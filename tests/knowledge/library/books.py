"""Small books of our own making for the tests, in the one form; no real book is in them."""

from __future__ import annotations

from pathlib import Path

from knowledge.library import Library, build

OLD = """《青竹医经》 陆青竹 汉
# 卷上
## 论不寐
夜卧不安，神不守舍，名曰不寐。心火独明，肾水不升，故目不得瞑。善治者，先调其神，后调其气，不求速效，而睡自来。
## 四时养性
春三月，早起而缓步，使志得生。夏三月，无厌长日，使气得泄。秋收其心，冬藏其精。顺之则寿，逆之则病。
病未生而先养其正，譬如未渴而先穿井，此上工之道也。
## 青竹汤
治虚烦不得眠，口干舌燥，心中懊恼。
青竹叶三两，麦冬一升，甘草二钱。上三味，以水五升，煮取二升，分三服。
服后当静卧，勿多言，使药力得行。
"""
HERBS = """《百草新编》 周百草、吴小满 明
# 草部
## 石竹根
味甘、微苦，微寒，无毒。入心、肺二经。主虚烦不眠，清肺止咳，久服令人神清气爽。
## 乌头
味辛，大热，有大毒。入肾经。主寒湿痹痛，非其人不可轻用。
## 白头翁
一名野丈人。味苦，温，无毒。主温疟狂易，寒热症瘕，逐血止痛，疗金疮。
"""
NEW = """《竹窗医话》 沈竹窗 清
# 话一
## 不寐
不寐一证，或因思虑伤脾，或因肝火上炎，或因胃中不和，宜分别施治，不可概用安神之品，以致留邪。
古人云病未生而先养其正，譬如未渴而先穿井，此上工之道也，诚哉是言，今人多不能行。
## 石竹根
味苦，寒，有小毒。入心经。后世多用以清心，然性偏寒，脾胃虚弱者慎之，不可久服，久服则伤中气。
## 乌头
旧说以为乌头炮过即无毒，此大误也，学者切记，宁可不用，不可误用，用之不当则祸不旋踵矣。
"""
BOOKS = {"old.txt": OLD, "herbs.txt": HERBS, "new.txt": NEW}
POISONS = frozenset({"乌头", "附子"})


def write_books(folder: Path, books: dict[str, str] | None = None) -> list[Path]:
    """Write books as files; returns these."""
    files = []
    for name, text in (books or BOOKS).items():
        files.append(folder / name)
        files[-1].write_text(text, encoding="utf-8")
    return files


def make_library(folder: Path, books: dict[str, str] | None = None) -> Path:
    """Build a library of books in a folder; returns its file."""
    out = folder / "books.library"
    build(out, write_books(folder, books))
    return out


def every_passage(library: Library) -> list[tuple[int, int, str]]:
    """Return (start, size, text) of each passage of a library."""
    with library._reading() as reader:
        rows = reader.rows(range(1, library.counts["passages"] + 1))
        return [(row.start, row.size, reader.text(row.start, row.size)) for row in rows]


def whole_text(library: Library) -> bytes:
    """Return the text of a library's blocks, one after the other, read without the reader."""
    import sqlite3
    import zlib

    database = sqlite3.connect(library.file)
    (dictionary,) = database.execute("select value from meta where key = 'dictionary'").fetchone()
    run = b"".join(row[0] for row in database.execute("select data from sheets order by id"))
    parts = [
        zlib.decompressobj(zdict=dictionary).decompress(run[place : place + size])
        for place, size in database.execute("select place, size from blocks order by start")
    ]
    database.close()
    return b"".join(parts)
