"""Policy: rules of what may be asked of the model, and of what may be shown of its answer."""

from __future__ import annotations

import re
from collections.abc import Set

from xinglin.safety.categories import PRESCRIPTION_NAME
from xinglin.safety.doses import ATTRIBUTION, without_bare_numbers, without_doses
from xinglin.safety.hearing import hear
from xinglin.safety.poisons import names_poison
from xinglin.safety.rules import judge
from xinglin.safety.said import Fact
from xinglin.safety.veto import poison_answer

_CLAUSE = re.compile(r"[^，。；！？\n]*[，。；！？\n]?")
_CONTACT = re.compile(
    r"https?://\S*|www\.\S*|(?<![A-Za-z0-9._-])[A-Za-z0-9._-]{1,64}@[A-Za-z0-9.-]{1,255}|"
    r"(?<![0-9])[0-9][0-9 -]{6,30}[0-9]"
)
_CONTROL = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\xad\u2028-\u202e\u2060-\u206f\ufeff\ufffd]"
)
_PAIRS = {"（": "）", "(": ")", "“": "”", "‘": "’", "【": "】", "「": "」", "『": "』"}
_LONGEST_REPLY, _PASSES = 8000, 12
_LONE_TITLE = re.compile("[《》〈〉]")
# Words by which a text is about medicine that somebody takes.
_TAKEN = re.compile("服用|口服|内服|[煎冲吞]服|水煎|煎煮|煎汤|中药|药材|处方|方剂|药方|汤药|每服")
# Words that say so only where an account is about medicine: tea and flour have a measure, too.
_MEASURED = re.compile("剂量|用量")
# What an account that is not about medicine may answer itself, by a rule. Emergencies, poisons and
# self-harm are not among them.
_MILD = frozenset({"pregnancy", "infant"})
_REPEAT = re.compile(r"(.{2,40}?)\1{2,}", re.DOTALL)


def danger(text: str, said: Set[Fact] = frozenset(), *, medical: bool = True) -> str | None:
    """Return the fixed answer to a danger sign or a request for a prescription, or None.

    Args:
        text: what somebody wrote.
        said: what was said in the turns before.
        medical: whether the account is about medicine. Elsewhere a dose is one of tea or flour,
            and only what the owner wrote can answer, unless it is one of a poison.
    """
    category = judge(text, said)
    if category is None or category.name == PRESCRIPTION_NAME:
        if known := poison_answer(text):
            return known
        if not medical and not names_poison(text):
            return None
    return category.reply(english=hear(text).english) if category else None


def yields_to_rules(text: str, said: Set[Fact] = frozenset()) -> bool:
    """Return whether a fixed answer gives way to the rule of an account not about medicine.

    It does where it would speak of pregnancy or infants: a dress is for pregnant women, too.
    """
    category = judge(text, said)
    return category is not None and category.name in _MILD and not poison_answer(text)


def clean_reply(text: str, *, complete: bool = True) -> str:
    """Make a model's answer fit to be shown; "" when nothing is left.

    Doses and directions go, book titles go (the words are invented, the book is real), and so do
    addresses, numbers to call, endless repetition and open brackets.

    Args:
        text: what the model wrote.
        complete: whether it ended by itself; otherwise the last half sentence is dropped.
    """
    text = _CONTROL.sub("", text[:_LONGEST_REPLY])
    for _ in range(_PASSES):  # one removal can uncover another
        before, text = text, _clean_once(text)
        if before == text:
            break
    if not complete:
        text = _drop_half_sentence(text)
    return text if re.search(r"\w", text) else ""


def clean_copy(text: str, *, medical: bool = True) -> str:
    """Make a copied note fit to be shown; "" when nothing is left.

    An owner's prices, stocks and telephone numbers stay; where a text speaks of taking medicine,
    doses and directions go out of it as out of a model's.

    Args:
        text: as it stands in the note.
        medical: whether the account is about medicine.
    """
    text = _CONTROL.sub("", text).strip()
    measured = _MEASURED.search(text) and (medical or names_poison(text))
    if measured or _TAKEN.search(text):
        text = "".join(without_doses(clause) for clause in _CLAUSE.findall(text))
    return mend_end(text) if re.search(r"\w", text) else ""


def mend_end(text: str) -> str:
    """Let a text that lost its last clause end in a full stop."""
    return re.sub(r"[，、；：,;:]$", "。", text.strip())


def _clean_once(text: str) -> str:
    text = _LONE_TITLE.sub("", ATTRIBUTION.sub("", text))
    text = _CONTACT.sub("", text)
    text = _REPEAT.sub(r"\1", text)
    text = without_bare_numbers(text)
    text = "".join(without_doses(clause) for clause in _CLAUSE.findall(text))
    text = _without_empty(_balance(text))
    text = re.sub(r"(?<![ \t])[ \t]+(?=[，。；！？、：])", "", text)
    text = re.sub(r"(?<![，、；：])([，、；：])[，、；：]+", r"\1", text)
    text = re.sub(r"(?<![，、；：])[，、；：]+([。！？])", r"\1", text)
    text = re.sub(r"([。！？])[。，、；：]+", r"\1", text)
    text = re.sub(r"^[\s，、。；：！？）)”’]+", "", text)
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    return re.sub(r"[，、；：]$", "。", text)


def _without_empty(text: str) -> str:
    """Remove pairs of round brackets that hold nothing, however deep."""
    kept: list[str] = []
    for character in text:
        if character in "）)":
            at = len(kept)
            while at and kept[at - 1] in " \t，、。；：":
                at -= 1
            if at and kept[at - 1] in "（(":
                del kept[at - 1 :]
                continue
        kept.append(character)
    return "".join(kept)


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
