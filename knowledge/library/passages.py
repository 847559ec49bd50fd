"""Cut a book into passages: whole sentences under one heading, none of them with a dose.

A sentence that names an amount to take is no part of any passage, so that no quotation can hold
one: the rule is kept where the file is made, not where it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntFlag

from knowledge.library.cleaning import is_spoilt
from knowledge.library.grams import plain

LONGEST = 250
_LEAST = 80  # a paragraph of fewer characters goes on into the next one
_SHORTEST = 6
_BESIDE = 3
_CAPTION = 20
_SENTENCE_ENDS = tuple("。！？；，、：”』」’）)》")

_SENTENCE = re.compile("[^。！？；]*(?:[。！？；]+[”』」’）)》]*|$)")
_PAUSES = "，、,：　 "
_NUMBER = "[一二三四五六七八九十百千数几半两每各\\d]"
_DOSE = re.compile(
    f"{_NUMBER}[余来]?[大小]?两(?![日月年句次人经脉旁头端手足胁目耳颊太颧三])|"
    f"{_NUMBER}[余来]?[大小满茶汤]?"
    "[钱斤觔升铢斗匕撮盏碗盅钟杯匙丸粒枚壮茎剂贴帖服料包锭厘片把握块枝副]|"
    f"{_NUMBER}[余来]?[个条只具尾](?![月日时年人字理目体])|"
    "[一二三四五六七八九十半两\\d]合(?![而之一与于]|为[治用])|"
    "[二三四五六七八九半\\d]分(?!之|为(?![末引细]))|"
    "一分(?!之|为(?![末引细])|[不阳阴津恶热寒气正邪精真元胃神血水火表里上自]|生(?!用))|"
    "(?:服|用|下|每|各|挑|取|药|与|以)[一二三半]字|"
    "[一二三半]字(?=许|[，。、]?(?:吹|调|服|灌|量儿|看儿|温|薄荷|入鼻|搐|酒))|"
    "[\\d.]+ ?(?:g|克|毫升|ml|mg)(?![a-z])|"
    "[钱方]匕|方寸匕|刀圭|指撮|等分|每服|每次服|分[二三四五六]服|[顿日][一二三再]?服|梧[桐子]|"
    "如(?:弹|豆|枣|芡|桐|绿豆|小豆|麻子|粟米|黍米|鸡头)|少许|酌量"
)
_HARMLESS = re.compile("[无毋][大小微]?毒|不毒|非毒")
_LIST = re.compile("[、 ]")
_LOST = re.compile("□|(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
_STOPS = re.compile("[，。；：！？、]")


class Mark(IntFlag):
    """Facts known of a passage before it is read."""

    FIRST = 1  # of its section
    HARMLESS = 2  # calls something not poisonous
    LIST = 4  # names rather than sentences
    UNPRINTED = 8  # hardly any punctuation
    LOST = 16  # characters are missing or wrong
    CUT = 32  # ends within a sentence


@dataclass(slots=True)
class Section:
    """A run of lines below one heading.

    Attributes:
        chapter, section: the headings.
        lines: (offset in the book's text, line) of each paragraph.
    """

    chapter: str
    section: str
    lines: list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage within its book.

    Attributes:
        start, end: characters in the book's text.
        marks: flags of `Mark`.
    """

    start: int
    end: int
    marks: int


def sections(text: str) -> Iterator[Section]:
    """Yield the sections of a book in the one form."""
    here = Section("", "", [])
    at = 0
    for line in text.split("\n"):
        if line.startswith("## "):
            yield here
            here = Section(here.chapter, line[3:].strip(), [])
        elif line.startswith("# "):
            yield here
            here = Section(line[2:].strip(), "", [])
        elif line.strip():
            here.lines.append((at, line))
        at += len(line) + 1
    yield here


def has_dose(text: str) -> bool:
    """Tell whether a text names an amount of something to take."""
    return _DOSE.search(plain(text)) is not None


def calls_harmless(text: str) -> bool:
    """Tell whether a text says of something that it is not poisonous."""
    return _HARMLESS.search(plain(text)) is not None


def cut(section: Section, text: str) -> Iterator[Piece]:
    """Yield the passages of a section of the book `text`.

    A passage ends with a sentence, holds at most `LONGEST` characters, and goes on over the end of
    a paragraph only while it is short.
    """
    first = Mark.FIRST
    for start, end, whole in _joined(section):
        if end - start >= _SHORTEST and _STOPS.search(text, start, end) is not None:
            yield Piece(start, end, _marks(text[start:end]) | first | (0 if whole else Mark.CUT))
            first = Mark(0)


def _joined(section: Section) -> Iterator[tuple[int, int, bool]]:
    start = end = 0  # of the passage that grows; nothing while they are equal
    whole = True
    for offset, line in section.lines:
        if end > start and _is_caption(line):
            yield start, end, whole
            start = end
        for left, right, dosed, ends in _sentences(line):
            if end > start and (dosed or offset + right - start > LONGEST):
                yield start, end, whole
                start = end
            if not dosed:
                start = start if end > start else offset + left
                end, whole = offset + right, ends
            elif end <= start:
                start = end = 0
        if end - start >= _LEAST:
            yield start, end, whole
            start = end
    if end > start:
        yield start, end, whole


def _is_caption(line: str) -> bool:
    """Tell whether a line is a heading without its mark; such a line begins a passage."""
    return len(line) <= _CAPTION and not line.endswith(_SENTENCE_ENDS)


def _sentences(line: str) -> Iterator[tuple[int, int, bool, bool]]:
    """Yield (start, end, has a dose, ends there) of each sentence; a long one is cut at a pause."""
    for match in _SENTENCE.finditer(line):
        start, end = match.span()
        at = start
        while end - at > LONGEST:
            pause = max(line.rfind(sign, at + LONGEST // 2, at + LONGEST) for sign in _PAUSES)
            to = pause + 1 if pause > 0 else at + LONGEST
            # Without a pause the cut may lie within an amount: look a little further on both sides.
            yield at, to, has_dose(line[max(start, at - _BESIDE) : to + _BESIDE]), False
            at = to
        if end > at:
            yield at, end, has_dose(line[max(start, at - _BESIDE) : end]), True


def _marks(text: str) -> int:
    marks = 0
    if calls_harmless(text):
        marks |= Mark.HARMLESS
    remarks = text.count("（")
    if len(_LIST.findall(text)) > max(8, len(text) // 12) or remarks > max(4, len(text) // 35):
        marks |= Mark.LIST
    if len(_STOPS.findall(text)) * 30 < len(text):
        marks |= Mark.UNPRINTED
    if _LOST.search(text) or is_spoilt(text):
        marks |= Mark.LOST
    return marks
