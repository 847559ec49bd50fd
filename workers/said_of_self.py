"""Statements of a follower about himself and those near him, read from the turns that are kept.

They are told back when he asks for them, and stay in the view of the model; nothing is inferred
from them, and nothing but the turns is stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xinglin.normal import normal_form
from xinglin.store import Turn

_KIN = (
    "妈妈?|爸爸?|母亲|父亲|奶奶|爷爷|外婆|外公|姥姥|姥爷|老伴|老公|老婆|丈夫|妻子|爱人|对象|"
    "男朋友|女朋友|孩子|小孩|儿子|女儿|闺女|宝宝|孙子|孙女|哥哥?|姐姐?|弟弟?|妹妹?|婆婆|公公|岳父|岳母|舅舅|姑姑|叔叔|阿姨|室友|同学|同事|朋友|闺蜜|猫|狗"
)
_FULL = {"妈": "妈妈", "爸": "爸爸", "哥": "哥哥", "姐": "姐姐", "弟": "弟弟", "妹": "妹妹"}
_FULL |= {
    "母亲": "妈妈",
    "父亲": "爸爸",
    "姥姥": "外婆",
    "姥爷": "外公",
    "小孩": "孩子",
    "闺女": "女儿",
}
_WHO = f"(?P<who>(?:我|俺|咱)(?:们?家)?(?:的)?(?P<kin>{_KIN})?|[他她])"
_LEAD = "(?:其实|不对|对了|哦|嗯|那个|顺便说|更正一下|说错了|应该说|忘了说|告诉你|你好|您好)?"
_ADVERBS = (
    "(?:今年|现在|已经|都|才|刚刚?|快|大概|差不多|一直|从小|"
    "平时|特别|比较|非常|有点|最|很|就|也|真的)*"
)
_NUMBER = "(?:[0-9]{1,3}|[零一二两三四五六七八九十百]{1,5})"
_ASKS = re.compile("什么|啥|谁|哪|几岁|多大|多少|吗|呢|怎么|为什么|是不是|能不能|[?？]")
_SPLIT = re.compile("[，,。！!；;\n]+")
# What is said, by aspect: a predicate behind the person. The first aspects introduce somebody.
_NAMED = "[^不没的了过着外车]{1,6}"
_JOBS = "老师|医生|护士|学生|程序员|司机|会计|律师|工人|农民|厨师|警察|老板|[员师匠]"
_CLASS = "小学|初中|高中|大学|研究生|[一二三四五六]年级|高[一二三]|初[一二三]"
# What is said, by aspect: a predicate behind the person.
_SAID = {
    "name": f"(?:的?名字)?(?:叫做?|名叫|是叫|姓){_NAMED}|的?名字(?:是|叫){_NAMED}"
    "|是[小老阿](?![师板人孩学生朋百家])[\u4e00-\u9fff]{1,2}",
    "age": f"(?:是|有)?{_NUMBER}多?(?:周?岁半?|个月)(?:多|半)?",
    "place": "不?住在?[^不没]{2,10}|家在[^不没]{2,10}|在[^不没]{2,8}(?:住|生活|上班|工作|上学)"
    "|是(?![个名位老好]|.*(?:爱人|女人|男人|大人|病人|新人))[^不没]{2,5}人",
    "work": f"不?是(?:一?[个名位])?[^不没]{{0,6}}?(?:{_JOBS})|是?做[^不没]{{1,8}}的"
    f"|(?:在|是)?(?:上|读)(?:{_CLASS})",
    "allergy": "不?对[^不没]{1,8}过敏",
    "fear": "不?怕.{1,8}",
    "food": "(?:不能|不|从不|爱|不爱|喜欢|不喜欢|讨厌)(?:吃|喝).{1,8}|吃素",
    "likes": "(?:不?喜欢|最爱|讨厌)(?![吃喝]).{1,8}",
    "zodiac": "属[鼠牛虎兔龙蛇马羊猴鸡狗猪]",
}
_SPOKEN = {
    aspect: re.compile(f"{_LEAD}{_WHO}{_ADVERBS}(?P<said>{said})[了啦哦呀啊呢]*")
    for aspect, said in _SAID.items()
}
_CALL_ME = re.compile(
    f"{_LEAD}[你您]?(?:可以|就|以后)*(?:叫|喊|称呼)我(?P<name>{_NAMED}?)(?:就行|就好|吧|好了|就可以)?"
)
_INTRODUCES = frozenset({"name", "age", "place", "work", "zodiac"})
_ASK_LEAD = (
    "(?:那|对了|请问)?[你您]?[还能]?(?:记得|记不记得|知道|记住|说说|猜猜|告诉我)?[了吗]?，?"
    "(?:我(?:刚才?|之前|前面|上面)(?:说|告诉|讲)过?[了你]?，?)?"
)
_ASK_TAIL = "(?:来着|[吗呢呀啊了的嘛么])*[？?。]?"
_ASKED = {
    "name": "(?:的?名字)?[叫姓][什啥]么?(?:名字?)?|的?名字[是叫]?(?:什么|啥)?|是?谁|贵姓",
    "age": "多大(?:年纪|岁数|年龄)?|几岁|多少岁|的?(?:年纪|年龄|岁数)(?:是?多[大少])?",
    "place": "家?[住在]在?(?:哪里?|哪儿|什么地方)|哪[里儿]?的?人|家在哪里?",
    "work": "[做干](?:什么|啥|嘛)(?:工作|的|职业)?|的?(?:工作|职业)(?:是什么)?"
    "|[上读]?几年级|[上读](?:什么|哪).{0,4}",
    "allergy": "对(?:什么|啥|哪些?)(?:东西|食物)?过敏|过敏(?:什么|啥)",
    "fear": "怕(?:什么|啥)|怕.{1,3}还是怕.{1,3}|怕不怕.{1,3}",
    "food": "(?:不能|不爱|不|爱|喜欢)[吃喝](?:什么|啥)(?:东西)?",
    "likes": "(?:喜欢|最爱|讨厌)(?:什么|啥|做什么|干什么)",
    "zodiac": "属(?:什么|啥)",
}
_QUESTIONS = {
    aspect: re.compile(f"{_ASK_LEAD}{_WHO}(?:今年|现在|到底|是)*(?:{asked}){_ASK_TAIL}")
    for aspect, asked in _ASKED.items()
}
_ASKED_NAME = re.compile(f"{_ASK_LEAD}[该要]?(?:怎么(?:叫|称呼)我|[叫喊]我(?:什么|啥)){_ASK_TAIL}")


@dataclass(frozen=True, slots=True)
class Said:
    """Something that a follower said of a person.

    Attributes:
        kin: who it is of; "" for himself.
        aspect: "name", "age" and so on.
        text: as it is told back: 您妈妈七十岁.
    """

    kin: str
    aspect: str
    text: str


def said_in(text: str, kin: str = "") -> list[Said]:
    """Return what a message says of the follower and of those near him, in order.

    Args:
        text: in the normal form.
        kin: the one of whom was spoken last, whom 他 or 她 means.
    """
    found, person = list[Said](), ""
    for part in _parts(text):
        one = _said(part, kin) or (_said(f"{person}{part}", kin) if person else None)
        if one is not None:
            person = f"我{one.kin}"
            found.append(one)
    return found


def introduces(text: str) -> Said | None:
    """Return what a message introduces somebody by, if it says nothing else; else None."""
    found = said_in(text)
    parts = [part for part in _parts(text) if not re.fullmatch(_LEAD, part)]
    whole = found and len(found) == len(parts) and not _ASKS.search(text)
    return found[-1] if whole and all(one.aspect in _INTRODUCES for one in found) else None


def asked_of_self(text: str, history: Sequence[Turn]) -> tuple[str, str] | None:
    """Return (kin, aspect) of a question about what was said before; None for another one."""
    if _ASKED_NAME.fullmatch(text):
        return "", "name"
    for aspect, pattern in _QUESTIONS.items():
        if found := pattern.fullmatch(text):
            near = _near(history) if found["who"] in ("他", "她") else None
            return near or _full(found["kin"] or ""), aspect
    return None


def remembered(history: Sequence[Turn], kin: str, aspect: str) -> Said | None:
    """Return what was said last; None where it stands in no turn that is kept."""
    found = [one for one in _all(history) if (one.kin, one.aspect) == (kin, aspect)]
    return found[-1] if found else None


def in_view(history: Sequence[Turn]) -> list[Turn]:
    """Return a conversation with what the follower said of himself next to its last turn.

    A model sees the end of a conversation alone.
    """
    spoken = [turn for turn in history[:-1] if said_in(normal_form(turn.user))]
    others = [turn for turn in history[:-1] if turn not in spoken]
    return [*others, *spoken, *history[-1:]]


def _all(history: Sequence[Turn]) -> Iterator[Said]:
    kin = ""
    for turn in history:
        text = normal_form(turn.user)
        yield from said_in(text, kin)
        kin = _spoken_of(text) or kin


def _near(history: Sequence[Turn]) -> str | None:
    spoken = (_spoken_of(normal_form(turn.user)) for turn in reversed(history))
    return next((kin for kin in spoken if kin), None)


def _spoken_of(text: str) -> str:
    found = re.findall(f"[我俺咱](?:们?家)?的?({_KIN})", text)
    return _full(found[-1]) if found else ""


def _parts(text: str) -> list[str]:
    return [part for part in _SPLIT.split(text) if part.strip()]


def _said(part: str, kin: str) -> Said | None:
    part = part.strip()
    if _ASKS.search(part):
        return None
    if found := _CALL_ME.fullmatch(part):
        return Said("", "name", f"您叫{found['name']}")
    for aspect, pattern in _SPOKEN.items():
        if found := pattern.fullmatch(part):
            other = found["who"] in ("他", "她")
            if other and not kin:
                return None
            who = kin if other else _full(found["kin"] or "")
            predicate = part[found.end("who") : found.end("said")]
            return Said(who, aspect, f"您{who}{predicate}")
    return None


def _full(kin: str) -> str:
    return _FULL.get(kin, kin)
