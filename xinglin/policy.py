"""What may be asked of the model, and what of its answer may be shown."""

from __future__ import annotations

import re

from xinglin.safety.categories import PRESCRIPTION_ANSWER
from xinglin.safety.rules import asks_prescription, find_danger

_NUMBER = "[一二三四五六七八九十百千半两数0-9０-９〇零]"
_UNIT = "(?:两|钱匕|钱|分|升|合|枚|斤|铢|克|片|粒|丸|匕|盏|碗|茎|匙|撮|毫升|毫克|公斤|ml|mg|kg|g)"
# Measures of no medicine: "三分之一", "是药三分毒", "三分治七分养", "一片杏林".
_NO_DOSE = (
    "十分|百合|百分|一升一降|[一二三四五六七八九]分之[一二三四五六七八九]|三分毒|"
    "三分治[、，]?七|七分养|七分治[、，]?三|三分养|一片[杏心树林叶绿红白黄青天热生]"
)
DOSE = re.compile(
    rf"(?!{_NO_DOSE})[各共]?{_NUMBER}+(?:[.．]{_NUMBER}+)?{_UNIT}半?(?!之[阴阳气]|[部经脉天饱饥])"
)
_DIRECTION = re.compile(
    r"每服|分服|[顿温冷热]服|服[一二三四五六七八九十百数]|日[一二三再]服|[煎煮取]至|[煎煮]取|以水|水煎|煎服|上为|"
    r"为[细粗]?末|[蜜糊]丸|丸如|如[梧弹]|桐子|送下|调下|空心|"
    # A warning, and complaints and walks after a meal, tell nobody how to take something.
    r"(?<![别忌勿免少])(?<![不忌][宜要可能])空腹|食[前远]|食后(?![^，。；！？]{0,4}[胀饱困痛堵闷步走坐躺卧睡化])|"
    r"不拘时|去滓|同煎"
)
_ATTRIBUTION = re.compile(
    r"《[^《》\n]{0,40}》(?:[^，。；！？：:\n]{0,8}?)(?:云|曰|言|载|谓|说|记|论|注|称|道)?[：:，]?"
)
_CLAUSE = re.compile(r"[^，。；！？\n]*[，。；！？\n]?")
_CONTACT = re.compile(
    r"https?://\S*|www\.\S*|[A-Za-z0-9._-]+@[A-Za-z0-9.-]+|(?<![0-9])[0-9][0-9 -]{6,}[0-9]"
)
_CONTROL = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffd]"
)
_PAIRS = {"（": "）", "(": ")", "“": "”", "‘": "’", "【": "】", "「": "」", "『": "』"}
_LONE_TITLE = re.compile("[《》〈〉]")
_REPEAT = re.compile(r"(.{2,40}?)\1{2,}", re.DOTALL)


def danger(text: str) -> str | None:
    """Return the fixed answer to a danger sign or a request for a prescription, or None."""
    category = find_danger(text)
    if category is not None:
        return category.answer
    return PRESCRIPTION_ANSWER if asks_prescription(text) else None


def clean_reply(text: str, *, complete: bool = True) -> str:
    """Make a model's answer fit to be shown; "" when nothing is left.

    Doses and directions go, book titles go (the words are invented, the book is real), and so do
    addresses, numbers to call, endless repetition and open brackets.

    Args:
        text: what the model wrote.
        complete: whether it ended by itself; otherwise the last half sentence is dropped.
    """
    text = _CONTROL.sub("", text)
    before = None
    while before != text:  # one removal can uncover another
        before = text
        text = _clean_once(text)
    if not complete:
        text = _drop_half_sentence(text)
    return text if re.search(r"\w", text) else ""


def _clean_once(text: str) -> str:
    text = _LONE_TITLE.sub("", _ATTRIBUTION.sub("", text))
    text = _CONTACT.sub("", text)
    text = _REPEAT.sub(r"\1", text)
    clauses = [clause for clause in _CLAUSE.findall(text) if not _DIRECTION.search(clause)]
    text = DOSE.sub("", "".join(clauses))
    text = _balance(text)
    text = re.sub(r"[（(][\s，、。；：]*[）)]", "", text)
    text = re.sub(r"[ \t]+(?=[，。；！？、：])", "", text)
    text = re.sub(r"([，、；：])[，、；：]+", r"\1", text)
    text = re.sub(r"[，、；：]+([。！？])", r"\1", text)
    text = re.sub(r"([。！？])[。，、；：]+", r"\1", text)
    text = re.sub(r"^[\s，、。；：！？）)”’]+", "", text)
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    return re.sub(r"[，、；：]$", "。", text)


def _balance(text: str) -> str:
    """Remove brackets and quotation marks without a partner."""
    open_at: list[tuple[str, int]] = []
    drop: set[int] = set()
    closing = {close: start for start, close in _PAIRS.items()}
    for place, character in enumerate(text):
        if character in _PAIRS:
            open_at.append((character, place))
        elif character in closing:
            if open_at and open_at[-1][0] == closing[character]:
                open_at.pop()
            else:
                drop.add(place)
    drop |= {place for _, place in open_at}
    return "".join(c for place, c in enumerate(text) if place not in drop)


def _drop_half_sentence(text: str) -> str:
    end = max(text.rfind(mark) for mark in "。！？\n")
    if end >= len(text) // 3:
        return text[: end + 1].strip()
    end = max(text.rfind(mark) for mark in "，；、")
    return f"{text[:end]}。" if end > 0 else text
