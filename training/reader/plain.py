"""A note in plainer words: what was asked first, and the bookish words spoken.

No meaning is added: sentences are chosen and put in order, and words exchanged for words that say
the same. Whatever the check would not let pass is not used (`notes.py`).
"""

from __future__ import annotations

import random
import re

from knowledge.plain import same_words

_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]?")
_WORD = re.compile(r"[\u4e00-\u9fff]")
_COMMON = frozenset(
    "什么怎样哪些几谁何吗呢吧啊呀的了是在会能可以就都也还又很你您他她它这那个请问讲说谈聊想给与跟或为"
    "因该得有好不没我一下看要里中上人老最近总来去用做叫古医"
)
_LEANS_BACK = re.compile("所以|因此|但|不过|而|其|后来|还|也|又|此|这|则|若|反|二者|两者|前者")
_ADVICE = re.compile("请|别|不要|医|慎")
_EXCHANGED, _DROPPED, _SHORT = 0.8, 0.08, 0.04


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text, each with its end."""
    return [one.strip() for one in _SENTENCE.findall(text) if one.strip()]


def tell_plainly(rng: random.Random, question: str, topic: str, text: str) -> str:
    """Return what `text` says to a question, in plainer words.

    Args:
        rng: chooses among words that say the same.
        question: what was asked.
        topic: what the text is about; stands for `它` where a sentence comes first.
        text: a note's answer.
    """
    return plainer(rng, "".join(_chosen(rng, question, topic, sentences_of(text))))


def plainer(rng: random.Random, text: str) -> str:
    """Exchange bookish words for everyday ones, most of them."""
    for same in same_words():
        if same.bookish.search(text) and rng.random() < _EXCHANGED:
            text = same.bookish.sub(rng.choice(same.plain), text)
    return re.sub("[，：]([，：])", r"\1", text)


def _chosen(rng: random.Random, question: str, topic: str, sentences: list[str]) -> list[str]:
    """Return sentences, the one that the question asks for first."""
    if len(sentences) < 2:
        return sentences
    asked = _pairs(question) - _pairs(topic)
    fit = [len(asked & _pairs(one)) for one in sentences]
    best = max(range(len(sentences)), key=lambda at: (fit[at], -at))
    if best and fit[best] > fit[0] and not _leans_back(sentences[best]):
        first = _named(sentences[best], topic, sentences[0])
        return [first, *(one for at, one in enumerate(sentences) if at != best)]
    if rng.random() < _SHORT and fit[0]:
        return sentences[:1]
    last = sentences[-1]
    kept = [one for one in sentences[1:-1] if rng.random() >= _DROPPED]
    keeps_last = bool(_ADVICE.search(last)) or rng.random() >= _DROPPED
    return [sentences[0], *kept, *([last] if keeps_last else [])]


def _leans_back(sentence: str) -> bool:
    """Return whether a sentence cannot come first."""
    return bool(
        re.match("所以|因此|但|不过|而|其|后来|还|也|又|此|这|则|若|反|二者|两者|前者", sentence)
    )


def _named(sentence: str, topic: str, first: str) -> str:
    """Return a sentence that begins with the topic instead of `它`, where that is its name."""
    named = sentence.startswith("它") and first.startswith(topic)
    return topic + sentence[1:] if named else sentence


def _pairs(text: str) -> set[str]:
    plain = "".join(_WORD.findall(text))
    pairs = {plain[at : at + 2] for at in range(len(plain) - 1)}
    return {one for one in pairs if not (one[0] in _COMMON or one[1] in _COMMON)}
