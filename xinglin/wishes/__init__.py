"""Wishes that concern who answers: a person, a complaint about the account, the bot again.

wish_of("能不能给我转个人工")            -> "person"
wish_of("你们这服务太差了，我要举报")     -> "complaint"
wish_of("结束人工")                      -> "bot"
wish_of("投诉信应该怎么写")              -> None
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from xinglin.normal import compact, written
from xinglin.wishes.complaints import is_complaint
from xinglin.wishes.person import wants_bot, wants_person

Wish = Literal["person", "complaint", "bot"]
_HEAD, _TAIL = 300, 100


def wish_of(text: str, names: Iterable[str] = (), *, taken_over: bool = False) -> Wish | None:
    """Return what a message wishes, in any writing; None for an ordinary one.

    Of a long message its beginning and its end are looked at.

    Args:
        text: as it was written.
        names: what the owner calls the people who answer.
        taken_over: a person has the conversation, so that 不等了 is a wish as well.
    """
    if len(text) > _HEAD + _TAIL:
        text = f"{text[:_HEAD]}\n{text[-_TAIL:]}"
    shown = written(text)
    plain = compact(shown)
    if not plain:
        return None
    if wants_bot(plain, taken_over=taken_over):
        return "bot"
    if wants_person(shown, plain, names):
        return "person"
    return "complaint" if is_complaint(shown) else None
