"""Deciding whether a text holds a danger sign."""

from __future__ import annotations

from collections.abc import Set

from xinglin.safety.categories import (
    CATEGORIES,
    COMPLAINT,
    CONDITION_ANSWER,
    PERSON,
    PRESCRIPTION,
    Category,
)
from xinglin.safety.despair import hints_at_an_end, is_play, is_said_in_jest
from xinglin.safety.english import ENGLISH
from xinglin.safety.hearing import Heard, hear
from xinglin.safety.intake import is_fare_or_upkeep, took_in
from xinglin.safety.said import Fact, asks_about_taking
from xinglin.safety.signs import read_signs
from xinglin.safety.sounded import heard_signs, only_sounds_alike
from xinglin.safety.study import (
    is_a_jam,
    is_about_a_story,
    is_about_words,
    is_an_errand,
    is_cooking,
)

_ALL = (*CATEGORIES, PRESCRIPTION)
_BY_NAME = {category.name: category for category in _ALL}
# Below which probability a word of danger is taken for a figure of speech, in how long a message.
_FIGURES = ((6, 0.14), (11, 0.2))
_LITERAL = frozenset({"infant", "pregnancy", PRESCRIPTION.name})
_JEST = 0.1  # the same for a wish to die beside words of a joke (`减肥减得想死，哈哈`)
_SOME, _UNLIKELY = 5, 0.05  # words, and a probability too low for what a wide rule sees
_PLAY, _FARE = 0.78, 0.86  # of what is done for fun, and of meals, houses and plants
_ERRAND, _KITCHEN = 0.7, 0.9  # of what is asked in a shop, and of measures in a kitchen
# A long message has many windows, and one of them is easily taken for more than it is.
_LONG, _LONGER = (32, 64), 0.06
# A short one has few words to go by, and who is in need then says it plainly.
_SHORT = ((10, 0.12), (7, 0.08))
_PLAIN = frozenset(_BY_NAME) - {"infant", "pregnancy", PRESCRIPTION.name}
_FEW, _LEAST_OF_FEW = 5, 0.6  # different words, too few to judge by likeness unless it is plain
_SURE = 0.8  # before it is more than the prescription that a rule sees
# What is enough for each kind: less where a miss costs a life and few harmless words look alike.
_ENOUGH = {
    "self-harm": 0.16,
    "poisoning": 0.19,
    "infant": 0.27,
    "pregnancy": 0.27,
    PRESCRIPTION.name: 0.5,
    **dict.fromkeys(("chest-pain", "breathing", "stroke", "bleeding"), 0.29),
    **dict.fromkeys(("unconscious", "allergy", "bite", "acute"), 0.29),
}
_DOUBTFUL, _DOUBTFUL_OF_FEW = 0.11, 0.14  # from where on the helpline is named beside an answer
_URGENT, _URGENT_OF_FEW = 0.12, 0.3  # from where on 120 is
_CONDITION = Category(PRESCRIPTION.name, PRESCRIPTION.pattern, CONDITION_ANSWER)


def judge(text: str, said: Set[Fact] = frozenset()) -> Category | None:
    """Return what a text is to be answered as, or None where the model may answer.

    A danger sign by rule, or else by likeness; then what only the conversation makes a danger;
    then a request for a prescription.

    Args:
        text: what somebody wrote.
        said: what was said in the turns before.
    """
    heard = hear(text)
    found = _judge(heard)
    if found not in (None, PRESCRIPTION):
        return found
    return _judge_follow_up(heard, said) or found


def find_danger(text: str) -> Category | None:
    """Return the category of the danger that a text speaks of, by rule or else by likeness."""
    found = _judge(hear(text))
    return None if found is PRESCRIPTION else found


def find_rule(text: str) -> Category | None:
    """Return the first category of whose words there are some in the text."""
    heard = hear(text)
    return _find_grave(heard) or _find_rule(heard)


def asks_prescription(text: str) -> bool:
    """Return whether somebody asks for a diagnosis, a prescription or a dose for a person."""
    return _judge(hear(text)) is PRESCRIPTION


def concerns_a_body(text: str) -> bool:
    """Return whether somebody seems to speak of a complaint of their own or of somebody near.

    Wide on purpose, since the cost of a match is one line of advice under the answer.
    """
    plain = hear(text).plain
    return bool(PERSON.search(plain)) and bool(COMPLAINT.search(plain))


def hints_at_despair(text: str) -> bool:
    """Return whether somebody may not want to live, too doubtful to be answered as that.

    The cost of a match is one line under the answer that names the helpline.
    """
    heard = hear(text)
    name, probability = read_signs().likeliest(heard.tokens)
    least = _DOUBTFUL_OF_FEW if _is_of_few(heard) else _DOUBTFUL
    return name == "self-harm" and probability >= least and not is_about_a_story(heard)


def hints_at_emergency(text: str) -> bool:
    """Return whether somebody may be poisoned or in an emergency, too doubtful to be answered as that.

    The cost of a match is one line under the answer that names 120.
    """
    heard = hear(text)
    name, probability = read_signs().likeliest(heard.tokens)
    urgent = name not in ("self-harm", "infant", "pregnancy", PRESCRIPTION.name)
    least = _URGENT_OF_FEW if _is_of_few(heard) else _URGENT
    return urgent and probability >= least and not is_about_words(heard)


def _judge(heard: Heard) -> Category | None:
    signs = read_signs()
    name, probability = signs.likeliest(heard.tokens)
    grave = _find_grave(heard)
    if grave and not (len(heard.tokens) >= _SOME and probability < _UNLIKELY):
        return grave
    rule = _find_rule(heard)
    if rule is PRESCRIPTION and (is_an_errand(heard) or is_cooking(heard)):
        rule = None  # `针灸一次多少钱`
    if rule is not None and _is_figure_of_speech(rule, heard, probability):
        rule = None
    elif rule is not None and rule is not PRESCRIPTION:
        return rule
    found = _BY_NAME[name]
    least = _ENOUGH.get(name, signs.threshold)
    least += _LONGER * sum(len(heard.tokens) > size for size in _LONG)
    if name in _PLAIN:
        least += sum(more for size, more in _SHORT if len(heard.tokens) < size)
    told = found.name == "self-harm" and probability >= _SURE  # also beside `新闻里`
    if probability < least or (_is_excused(found, heard) and not told):
        return rule
    return rule if probability < _least(found, rule, heard) else found


def _least(found: Category, rule: Category | None, heard: Heard) -> float:
    """Return the least probability that counts where it is easily something else."""
    if found is PRESCRIPTION and is_cooking(heard):
        return _KITCHEN
    if found.name == "self-harm" and is_play(heard):
        return _PLAY
    if found.name == "poisoning" and is_fare_or_upkeep(heard):
        return _FARE
    if is_an_errand(heard):
        return _ERRAND
    if _is_of_few(heard):
        return _LEAST_OF_FEW if found.name in _PLAIN else 0.0
    return _SURE if rule is not None else 0.0


def _is_of_few(heard: Heard) -> bool:
    return len(set(heard.tokens)) < _FEW


def _is_figure_of_speech(rule: Category, heard: Heard, probability: float) -> bool:
    """Return whether the words around a sign make it most unlikely (`我的钱包大出血`)."""
    if rule.name == "self-harm":
        return probability < _JEST and is_said_in_jest(heard)
    return rule.name not in _LITERAL and any(
        len(heard.tokens) >= words and probability < least for words, least in _FIGURES
    )


def _find_grave(heard: Heard) -> Category | None:
    """Return self-harm or poisoning where a message says of one in a wide choice of words."""
    if is_about_words(heard) or is_about_a_story(heard):
        return None
    if hints_at_an_end(heard):
        return _BY_NAME["self-harm"]
    return _BY_NAME["poisoning"] if took_in(heard) else None


def _find_rule(heard: Heard) -> Category | None:
    by_sound, words = set(heard_signs(heard)), heard.words
    for category in _ALL:
        named = category.pattern.search(heard.plain) or category.name in by_sound
        if (named or ENGLISH[category.name].search(words)) and not _is_excused(category, heard):
            return category
    return None


def _is_excused(category: Category, heard: Heard) -> bool:
    if category.studied:
        return is_about_words(heard) or (category.name == "breathing" and is_a_jam(heard))
    return is_about_a_story(heard) or only_sounds_alike(heard)


def _judge_follow_up(heard: Heard, said: Set[Fact]) -> Category | None:
    if not said or is_about_words(heard) or not asks_about_taking(heard):
        return None
    for fact in ("pregnancy", "infant"):
        if fact in said:
            return _BY_NAME[fact]
    return _CONDITION
