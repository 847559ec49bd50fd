"""The last word after the model: a poison is never called harmless, and never without a warning.

No setting switches this off.
"""

from __future__ import annotations

import re

from xinglin import texts
from xinglin.normal import compact
from xinglin.safety.poisons import Degree, asked_poison, find_poisons, names_poison, warns

_HARMLESS = re.compile(
    "无毒|没有?(?:什么|任何)?毒|不含?毒|毒性(?:很|极|较|非常|比较|相对)?(?:小|低|弱|微)|无(?:毒)?害|没有?(?:什么|任何)?(?:危?害|副作用|坏处)|"
    "无(?:任何|明显)?副作用|副作用(?:很|极|较)?(?:小|少)|安全(?!用药|起见|问题|隐患|性)|安全性(?:高|好)|放心|不会(?:中毒|伤人|有事|伤身)|"
    "(?:药?性)(?:质)?(?:平和|温和|和缓)|泡水|泡茶|代茶|当茶|泡酒|浸酒|药酒|炖汤|煲汤|煮汤|煮粥|熬粥|炖肉|炖鸡|炒菜|凉拌|生吃|嚼服|零食|"
    "入菜|入膳|做菜|当菜|(?:可|能|宜|供|常|日常)(?:以|够)?(?:被|作|做|当)?(?:成|为)?食(?:用|疗)|日常(?:饮用|保健|养生|调理|服用)|"
    "(?:长期|天天|每天|每日|经常|久|多|大量|随意|随便)(?:服|吃|喝|饮|食)|药食同源|食疗|老少(?:皆|咸)宜|人人(?:皆|都)?(?:可|能)|"
    "(?:孕妇|小孩|儿童|老人)(?:也|都|均)?(?:可|能)"
)
_FORBIDDEN = re.compile(
    "不能|不可|不要|不宜|不应|不得|不许|不适合|不建议|千万别|别(?!名|称)|[勿忌禁莫]|绝不|并非|不是|避免|防止|慎|不等于"
)
_SURELY = re.compile("无毒|没有?(?:什么|任何)?毒|不含?毒|无害|没有?(?:什么|任何)?害")
_DENIED = re.compile("(?:不是|并非|绝非|不等于|不算|非)[^，。；]{0,4}(?:无毒|没有?毒|不含?毒|无害)")
_CLAUSE = re.compile("[^，。；！？\n]*[，。；！？\n]?")
_MOST_NAMES = 6
_ANSWERS: dict[Degree, str] = {
    "deadly": texts.DEADLY,
    "toxic": texts.TOXIC,
    "slight": texts.SLIGHTLY_TOXIC,
    "cautioned": texts.CAUTIONED,
}


def poison_answer(question: str) -> str | None:
    """Return the fixed answer to whether a poison is one, or may be taken; None for others."""
    asked = asked_poison(question)
    return _ANSWERS[asked[1].degree].format(name=asked[0], harm=asked[1].harm) if asked else None


def without_harmless_claims(reply: str, *context: str) -> str:
    """Drop the clauses that call a poison harmless, or food.

    Args:
        reply: what is to be shown.
        context: the question and the turn before, which may name what the reply only points at.
    """
    if not any(names_poison(text) for text in (reply, *context)):
        return reply
    return "".join(clause for clause in _CLAUSE.findall(reply) if not _claims(clause))


def _claims(clause: str) -> bool:
    plain = compact(clause)
    if not _HARMLESS.search(plain):
        return False
    if _SURELY.search(plain):
        return not _DENIED.search(plain)
    return not _FORBIDDEN.search(plain)


def poison_warnings(reply: str, question: str = "") -> list[str]:
    """Return the lines that must stand under a reply that names poisons without a warning.

    Where the reply names none, those of the question count: `它味甘` is said of one.
    """
    found = find_poisons(reply)
    if not found and not names_poison(reply) and not warns(reply):
        found = find_poisons(compact(question))
    strong = [name for name, poison in found if poison.degree != "slight"][:_MOST_NAMES]
    slight = [name for name, poison in found if poison.degree == "slight"][:_MOST_NAMES]
    lines = [texts.POISONOUS.format(names="、".join(strong))] if strong else []
    return lines + ([texts.SLIGHTLY_POISONOUS.format(names="、".join(slight))] if slight else [])
