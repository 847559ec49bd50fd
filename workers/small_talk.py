"""Small talk: what a model may answer out of itself, because it asks for nothing that is known."""

from __future__ import annotations

import re

from knowledge.found import Found
from xinglin.safety.rules import concerns_a_body

_LONGEST = 24
_ASKS = re.compile(
    "[?？]|什么|啥|怎么|怎样|咋|如何|为什么|为何|哪|几[个点时岁天号种味本家]|多少|多久|多大|多长|谁|是不是|有没有|能不能|可不可以|"
    "会不会|要不要|该不该|行不行|好不好|吗[。！~]*$|[没不][。！~]*$|没有[。！~]*$|呢[。！~]*$|么[。！~]*$|介绍|讲讲|说说|告诉|推荐|解释|区别|帮我|给我|请[问教]|查"
)
_GRAMMAR = re.compile(
    r"[的了吗呢吧啊呀哦嗯哈是在有我你您他她它这那个们就都也还很太真好不没说想要会能可以一什么怎样\W_]"
)


def is_small_talk(question: str, found: Found) -> bool:
    """Return whether a text only wants to be heard: short, about no known name, and no question.

    A model this small that is asked something makes an answer up; nothing that is in no note may
    be claimed, be it of medicine or of an owner's shop.
    """
    if found.names or found.lacking or len(question) > _LONGEST or concerns_a_body(question):
        return False
    return not _ASKS.search(question)


def stays_on_topic(said: str, draft: str) -> bool:
    """Return whether a draft takes up anything of what was said: two characters with a meaning.

    A model that has not understood says something kind about something else.
    """
    return bool(pairs(said) & pairs(draft))


def pairs(text: str) -> set[str]:
    """Return the pairs of a text's characters that are more than grammar."""
    plain = _GRAMMAR.sub(" ", text)
    return {plain[at : at + 2] for at in range(len(plain) - 1) if plain[at : at + 2].isalnum()}
