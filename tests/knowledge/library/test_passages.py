"""Passages' beginnings and ends, and what is left out of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.library.passages import LONGEST, Mark, calls_harmless, cut, has_dose, sections


def pieces(text: str) -> list[str]:
    return [text[p.start : p.end] for s in sections(text) for p in cut(s, text)]


@pytest.mark.parametrize(
    "text",
    [
        "甘草三两", "各等分，为末", "每服二十丸", "半夏半升", "水五升，煮取二升", "朱砂一分，研", "大枣十二枚", "附子一枚", "附子15克", "10 g",
        "杏仁七个", "甘遂 0.5克", "蜈蚣一条", "灸三壮", "丸如梧桐子大", "服方寸匕", "钱匕", "人參三兩", "龍骨各二錢", "百合七枚", "日三服",
        "姜少许", "作一服，分三服", "大黄四两", "二钱半", "日服两帖", "麝香一分细研", "一分为末", "服一字", "二字调服", "服一锭", "每用二字", "一字，吹鼻", "三十余剂", "三茶匙", "一刀圭", "服一大两半", "用药三副", "竹沥一小杯", "丸如桐子", "姜一块",
    ],
)  # fmt: skip
def test_an_amount_to_take_is_a_dose(text: str) -> None:
    assert has_dose(text)


@pytest.mark.parametrize(
    "text",
    [
        "百合固金", "二字之义", "三合为治", "一字不复", "有一分恶寒便有一分表证", "春分秋分", "十二经脉", "三两日后自愈", "五脏六腑", "十分痛楚", "一分为二", "两目昏花", "留得一分津液便有一分生机",
        "千金方云", "七情内伤", "六合之内", "三阴三阳", "一身尽痛", "两胁胀满", "百病生于气", "两者不可得兼", "九窍不利", "四时五行",
    ],
)  # fmt: skip
def test_other_numbers_are_none(text: str) -> None:
    assert not has_dose(text)


@pytest.mark.parametrize("text", ["味苦，无毒", "味苦，無毒", "其性不毒", "毋毒"])
def test_what_is_called_harmless_is_marked(text: str) -> None:
    assert calls_harmless(text)
    assert not calls_harmless("有大毒，解百毒")


def test_a_sentence_with_a_dose_parts_what_stands_around_it() -> None:
    text = "## 方\n此方治头痛甚效，人皆用之。甘草三两，水二升。服后当静卧，不可多言。"

    assert pieces(text) == ["此方治头痛甚效，人皆用之。", "服后当静卧，不可多言。"]


def test_no_passage_crosses_a_heading() -> None:
    text = "# 一\n甲乙丙丁，戊己。\n## 二\n庚辛壬癸，子丑。"

    assert pieces(text) == ["甲乙丙丁，戊己。", "庚辛壬癸，子丑。"]


def test_short_paragraphs_go_on_and_long_ones_stand_alone() -> None:
    short, long = "甲乙丙丁，戊己。", "甲乙丙丁，戊己。" * 12

    assert pieces(f"{short}\n{short}\n{long}\n{long}") == [f"{short}\n{short}\n{long}", long]


def test_a_heading_without_its_mark_begins_a_passage() -> None:
    text = "甲乙丙丁，戊己。\n青竹汤方\n庚辛壬癸，子丑。\n白竹汤方\n甲药三两。"

    assert pieces(text) == ["甲乙丙丁，戊己。", "青竹汤方\n庚辛壬癸，子丑。"]


def test_only_the_first_passage_of_a_section_is_marked_first() -> None:
    text = "## 甲\n" + "\n".join(["甲乙丙丁，戊己。" * 20] * 3)

    marks = [piece.marks & Mark.FIRST for s in sections(text) for piece in cut(s, text)]

    assert [bool(mark) for mark in marks] == [True, False, False]


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("人参、黄芪、白术、茯苓、甘草、当归、川芎、白芍、熟地、陈皮。", Mark.LIST),
        ("瘰 之证多生于颈，当以软坚散结为先。", Mark.LOST),
        ("□之证多生于颈，当以软坚散结为先。", Mark.LOST),
        ("毒瓦斯内攻，其证危矣。", Mark.LOST),
        ("此书向无句读后人读之多误今从旧本录出以俟知者正焉幸甚。", Mark(0)),
        ("此书向无句读后人读之多误今从旧本录出以俟知者正焉幸甚幸甚而已矣也。", Mark.UNPRINTED),
    ],
)
def test_what_is_poor_to_read_is_marked(text: str, mark: Mark) -> None:
    (piece,) = [piece for section in sections(text) for piece in cut(section, text)]

    assert Mark(piece.marks) & ~Mark.FIRST == mark


def test_a_sentence_that_is_too_long_is_cut_at_a_pause() -> None:
    text = "甲乙丙丁，" * 100 + "至此而终，不复言矣。"

    found = pieces(text)

    assert "".join(found) == text
    assert all(len(one) <= LONGEST for one in found)
    assert all(one.endswith(("，", "。")) for one in found)


def test_a_dose_is_seen_where_a_sentence_is_cut() -> None:
    text = "甲" * (LONGEST - 1) + "三两" + "乙" * 40 + "，丙丁戊己庚辛。"

    assert not any(
        has_dose(text[max(0, text.find(one) - 1) :][: len(one) + 1]) for one in pieces(text)
    )


@given(st.text(alphabet="甲乙三两，。；！\n#” 、", max_size=900))
def test_passages_follow_each_other_within_bounds_and_hold_no_dose(text: str) -> None:
    at = 0
    for section in sections(text):
        for piece in cut(section, text):
            assert at <= piece.start < piece.end <= len(text)
            assert piece.end - piece.start <= LONGEST
            assert not has_dose(text[piece.start : piece.end])
            at = piece.end
