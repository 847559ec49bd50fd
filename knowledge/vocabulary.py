"""Facts of a closed vocabulary in a text: taste, nature, channels, poison, numbers, names, sayings.

facts_in("黄芪味甘，性微温，归脾、肺经") -> taste 甘, nature 微温, channel 脾, channel 肺
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

TASTE, NATURE, CHANNEL, POISON, NUMBER, NAME = (
    "taste", "nature", "channel", "poison", "number", "name",
)  # fmt: skip

_TASTES = "酸苦甘辛咸淡涩甜辣"
_SAME_TASTE = {"甜": "甘", "辣": "辛"}
_TASTE = re.compile(
    rf"味(?!道)(?:是|偏|极|很|比较)?((?:[微大极略带、，和兼而又]|[{_TASTES}])*[{_TASTES}])|"
    rf"(?<!细)([{_TASTES}])味(?![药道])|(?<![\u4e00-\u9fff])([{_TASTES}]{{1,3}})而?(?:微|大)?[寒热温凉平](?![\u4e00-\u9fff])"
)
_NATURE = re.compile(
    r"(?:药|四|本)?性(?:味|质)?(?:偏|属|为|是|比较|很|较)?于?((?:微|大)?[寒热温凉平])(?![静和衡时常])|"
    r"(?<![\u4e00-\u9fff])((?:微|大|偏)?[寒热温凉平])性|"
    rf"[{_TASTES}](?:[、而])?((?:微|大)?[寒热温凉平])(?![和息肝里中阳阴热邪])|"
    r"(?:是|属|偏)于?((?:微|大)?[寒热温凉平])(?:性|的)"
)
_CHANNELS = re.compile(
    "[归入走通](?:属|于|进)?((?:[手足]?[太少厥阳阴明]{0,2}[心肝脾肺肾胃胆肠大小膀胱三焦包、和与及，]){1,14}?)(?:[二两三四五六]?经)"
)
_ORGAN = re.compile("心包|大肠|小肠|膀胱|三焦|[心肝脾肺肾胃胆]")
_NO_POISON = re.compile("无毒|没有?毒|不含毒|不具毒性|毒性为零|没有任何毒|完全安全|绝对安全")
_HAS_POISON = re.compile("(?<![无没不含])(?:有[小大微剧]?毒|[小大剧]毒(?!性不)|有一定(?:的)?毒性)")
_DENIED = re.compile(
    "(?:不是|并非|不算|不能说|未必|难说|不可当作|不可视为|别以为)[^，。！？；]{0,4}$"
)
_UNITS = (
    "克|公斤|千克|毫克|斤|两|钱|毫升|升|片|粒|丸|颗|次|天|日|周|星期|个月|月|年|岁|小时|分钟|秒|度|元|块|角|种|味|部|卷|"
    "条|寸|横指|倍|成|世纪|人|本|册|页|楼|层|层楼|号|点|折|米|公里|公分|厘米|遍|泡|包|盒|罐|杯|瓶|周岁|节|式|家"
)
_CHINESE = "零〇一二两三四五六七八九十百千万半"
_NUMBER = re.compile(rf"\d+(?:\.\d+)?|[{_CHINESE}]+(?=(?:多|来|余)?(?:{_UNITS}))")
_LOOSE = re.compile("^[一半两]$")
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10000}
_SAYINGS = re.compile(
    "扁鹊|华佗|张仲景|仲景|李时珍|孙思邈|葛洪|皇甫谧|王叔和|陶弘景|钱乙|刘完素|刘河间|张从正|张子和|李东垣|李杲|朱丹溪|朱震亨|"
    "张景岳|张介宾|叶天士|叶桂|薛生白|吴鞠通|吴瑭|王清任|王孟英|徐大椿|陈修园|唐容川|张锡纯|傅青主|汪昂|喻昌|吴又可|吴有性|"
    "淳于意|董奉|巢元方|王冰|许叔微|陈自明|严用和|危亦林|罗天益|王好古|滑寿|薛己|万全|龚廷贤|王肯堂|李中梓|程国彭|吴谦|"
    "黄元御|柯琴|尤怡|费伯雄|神农|黄帝|岐伯|"
    "西周|东周|春秋|战国|秦代|秦朝|西汉|东汉|汉代|汉朝|三国|魏晋|西晋|东晋|晋代|南北朝|隋代|隋朝|唐代|唐朝|北宋|南宋|宋代|宋朝|"
    "金代|金元|元代|元朝|明代|明朝|清代|清朝|民国|"
    "内经|素问|灵枢|难经|本经|伤寒论|金匮要略|金匮|千金方|千金要方|外台秘要|本草纲目|脉经|针灸甲乙经|局方|脾胃论|温病条辨|医林改错|景岳全书|"
    "《[^》]{1,20}》"
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of the closed vocabulary.

    Attributes:
        kind: TASTE, NATURE, CHANNEL, POISON, NUMBER or NAME.
        value: in one writing: `甘`, `微温`, `脾`, `yes` or `no`, `12`, `张仲景`.
        start: where it stands.
    """

    kind: str
    value: str
    start: int


def facts_in(text: str) -> list[Fact]:
    """Return the facts of a written text, but for the names of tables."""
    return sorted(
        {*_natures(text), *_others(text)}, key=lambda one: (one.start, one.kind, one.value)
    )


def _natures(text: str) -> Iterator[Fact]:
    for match in _TASTE.finditer(text):
        for taste in next(part for part in match.groups() if part):
            if taste in _TASTES:
                yield Fact(TASTE, _SAME_TASTE.get(taste, taste), match.start())
    for match in _NATURE.finditer(text):
        nature = next(part for part in match.groups() if part).removeprefix("偏")
        yield Fact(NATURE, nature, match.start())
    for match in _CHANNELS.finditer(text):
        for organ in _ORGAN.findall(match[1]):
            yield Fact(CHANNEL, organ, match.start())


def _others(text: str) -> Iterator[Fact]:
    for match in _NO_POISON.finditer(text):
        if not _DENIED.search(text[: match.start()]):
            yield Fact(POISON, "no", match.start())
    for match in _HAS_POISON.finditer(text):
        yield Fact(POISON, "yes", match.start())
    for match in _NUMBER.finditer(text):
        if not _LOOSE.match(match[0]):
            yield Fact(NUMBER, number_of(match[0]), match.start())
    for match in _SAYINGS.finditer(text):
        yield Fact(NAME, match[0].strip("《》"), match.start())


def number_of(text: str) -> str:
    """Return a number in digits; `三百六十五` is `365`."""
    if text[0].isdigit() and text[0].isascii():
        return text.rstrip("0").rstrip(".") if "." in text else str(int(text))
    if not any(scale in text for scale in _SCALES):
        return "".join(str(_DIGITS.get(one, one)) for one in text)
    total = part = digit = 0
    for one in text:
        if one in _DIGITS:
            digit = _DIGITS[one]
        elif one == "万":
            total, part, digit = (total + part + digit) * 10000, 0, 0
        elif one in _SCALES:
            part, digit = part + (digit or 1) * _SCALES[one], 0
    return str(total + part + digit)
