"""Facts that an entry on a medicine states in closed words: taste, nature, toxicity, channels.

Only the head of an entry is read, and only where taste and nature stand together or are named as
such: a rule that is sure of what it takes leaves a quarter of the entries alone.
"""

from __future__ import annotations

import re

from knowledge.library.grams import plain
from knowledge.library.records import Relation

_HEAD = 90
_FURTHEST_RUN = 60  # after aliases
_FURTHEST_UNNAMED = 25
_CHANNELS_WITHIN = 200

_TASTES = "甘苦辛酸咸淡涩"
_NAMED = "性味|气味|其味|其性|其气|[味气性]"
# A run of words that speak of nothing but taste, nature and poison: 味甘，微温 / 气平，味辛而涩.
_RUN = re.compile(
    f"(?:(?P<named>{_NAMED})[，：、 ]*)?(?:有[大小微]?毒|无毒|[{_TASTES}温热寒凉平微大小极纯俱])"
    f"(?:有[大小微]?毒|无毒|[{_TASTES}温热寒凉平微大小极纯俱而兼及带稍略甚性气味、，,。；且又 ])*"
)
_NATURE = re.compile("([大微小极]?)([温热寒凉平])")
_POISON = re.compile("[大小微有]毒|有[大小]毒|无毒")
_AGAINST = "无毋不解治诸恶疗辟杀百败"
_ENTERS = re.compile(
    "(?:入|归|走|通行)(?P<run>[手足太少阴阳明厥心肝脾肺肾胃胆大小肠膀胱三焦命门包络经及与、，二四五六诸兼亦又入并俱分之本]+)"
)
_ORGANS = re.compile("心包|膀胱|大肠|小肠|三焦|命门|[心肝脾肺肾胃胆]")
_LIMBS = {
    "手太阴": "肺", "足太阴": "脾", "手少阴": "心", "足少阴": "肾", "手厥阴": "心包",
    "足厥阴": "肝", "手阳明": "大肠", "足阳明": "胃", "手太阳": "小肠", "足太阳": "膀胱",
    "手少阳": "三焦", "足少阳": "胆",
}  # fmt: skip
_LIMB = re.compile("|".join(_LIMBS))
_HALF = re.compile("[太少]阴|厥阴|[太少]阳|阳明")
_REMARKS = re.compile("（[^（）]*）")

_NAME = re.compile("[\u4e00-\u9fff]{1,6}")
_NO_MEDICINE = re.compile(
    "[汤散丸丹饮膏煎方论证候门病脉法诀赋歌序跋例解说考略辨篇部]$|^[论治辨]|第.|上下卷"
)
_NUMBERING = re.compile(r"^[\d一二三四五六七八九十百]+[、.．]\s*|[（(【〔].*$|\s+")


def medicine_of(heading: str) -> str:
    """Return the medicine that a heading names, as far as its form tells; "" for another one."""
    name = _NUMBERING.sub("", plain(heading))
    return name if _NAME.fullmatch(name) and not _NO_MEDICINE.search(name) else ""


def read_facts(entry: str) -> dict[Relation, str]:
    """Return what the head of an entry on a medicine states; {} where it is no such entry."""
    text = _REMARKS.sub("", plain(entry))
    facts: dict[Relation, str] = {}
    run = _find_run(text[:_HEAD])
    if run is None:
        return {}
    tastes = dict.fromkeys(sign for sign in run[0] if sign in _TASTES)
    natures = dict.fromkeys(degree + sign for degree, sign in _NATURE.findall(run[0]))
    if tastes:
        facts["taste"] = "、".join(tastes)
    if len(natures) == 1:
        facts["nature"] = next(iter(natures))
    if poison := _read_poison(text[:_HEAD]):
        facts["toxicity"] = poison
    if channels := _read_channels(text[:_CHANNELS_WITHIN]):
        facts["channels"] = channels
    return facts


def _find_run(head: str) -> re.Match[str] | None:
    for run in _RUN.finditer(head):
        if run.start() > _FURTHEST_RUN:
            return None
        tastes = any(sign in _TASTES for sign in run[0])
        nature = _NATURE.search(run[0])
        parted = run.start() == 0 or head[run.start() - 1] in "。，；：、 】）]"
        named = run["named"] is not None
        if not nature or not parted or (not named and run.start() > _FURTHEST_UNNAMED):
            continue
        if tastes or (named and "性" in run[0][:2]):
            return run
    return None


def _read_poison(head: str) -> str:
    for match in _POISON.finditer(head):
        if head[max(0, match.start() - 1) : match.start()] not in set(_AGAINST):
            return match[0][1:] if len(match[0]) == 3 else match[0]
    return ""


def _read_channels(head: str) -> str:
    for match in _ENTERS.finditer(head):
        run = match["run"]
        found = [_LIMBS[limb] for limb in _LIMB.findall(run)]
        rest = _LIMB.sub(" ", run)
        if _HALF.search(rest):  # 足太阴、阳明: which of the two limbs is not said
            continue
        found += _ORGANS.findall(rest)
        after = head[match.end() : match.end() + 1] or "。"
        if found and ("经" in run or len(found) > 1 or after in "。，；"):
            return "、".join(dict.fromkeys(found))
    return ""
