"""What stands in a note, in plainer words: what was asked first, and the bookish words spoken.

No meaning is added: sentences are chosen and put in order, and words exchanged for words that say
the same. Whatever the check would not let pass is not used (`notes.py`).
"""

from __future__ import annotations

import random
import re

_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]?")
_WORD = re.compile(r"[\u4e00-\u9fff]")
_COMMON = frozenset(
    "什么怎样哪些几谁何吗呢吧啊呀的了是在会能可以就都也还又很你您他她它这那个请问讲说谈聊想给与跟或为"
    "因该得有好不没我一下看要里中上人老最近总来去用做叫古医"
)
_LEANS_BACK = re.compile("所以|因此|但|不过|而|其|后来|还|也|又|此|这|则|若|反|二者|两者|前者")
_ADVICE = re.compile("请|别|不要|医|慎")
# A pattern, and words that say the same.
_PLAINER: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern), tuple(words.split("|")))
    for pattern, words in (
        ("古人认为", "古人觉得|老话里认为|古人看来，"),
        ("中医认为", "中医觉得|照中医的看法，|中医里说"),
        ("古人说(?!的)", "古人讲|老话说"),
        ("古书里?说", "书上说"),
        ("称为", "叫作|叫做"),
        ("又叫|又称|也称", "也叫"),
        ("俗称", "平常叫"),
        ("得名", "有了这个名字"),
        ("常见的有", "常见的是"),
        ("多用于|常用于", "多用在|常用在"),
        ("(?<!作)用于", "用在"),
        ("长于|善于", "擅长"),
        ("偏于", "偏向"),
        ("不宜多吃", "不要多吃"),
        ("不宜", "不适合"),
        ("不可(?!以)", "不能"),
        ("若是|若(?!干)", "要是|如果"),
        ("因此", "所以"),
        ("多因", "多半因为|大多因为"),
        ("相传", "传说|据说"),
        ("请去看医生|请看医生", "请找医生看看|还是去看看医生"),
        ("马上就医|立刻就医", "马上去医院"),
        ("尽快就医", "尽快去看医生"),
        ("请医生看看", "请找医生看看"),
        ("多与", "大多和"),
        ("二者", "两者"),
        ("少熬夜", "少熬些夜"),
        ("早睡(?!早)", "早点睡"),
        ("(?<!早)早点睡", "早些睡"),
        ("常常", "往往|经常"),
        ("归于", "归到"),
        ("是说", "意思是"),
        ("意思是", "说的是"),
        ("，则", "，就"),
        ("(?<![参给赋])与(?![其否])", "和"),
        ("以及", "还有"),
        ("名为", "名叫"),
        ("十分(?!之)", "很"),
        ("多归", "大多归"),
        ("后世|后人", "后来的人"),
        ("长期", "长时间"),
        ("饮食清淡", "吃得清淡些"),
        ("切勿|切忌", "千万不要"),
        ("无妨", "没关系"),
        ("例如|比如", "像"),
        ("尤其要", "更要"),
        ("能够", "能"),
        ("主要", "多半"),
    )
)
_EXCHANGED, _DROPPED, _SHORT = 0.8, 0.3, 0.15


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
    for pattern, words in _PLAINER:
        if pattern.search(text) and rng.random() < _EXCHANGED:
            text = pattern.sub(rng.choice(words), text)
    return re.sub("[，：]([，：])", r"\1", text)


def _chosen(rng: random.Random, question: str, topic: str, sentences: list[str]) -> list[str]:
    """Return sentences, the one that the question asks for first."""
    if len(sentences) < 2:
        return sentences
    asked = _pairs(question) - _pairs(topic)
    fit = [len(asked & _pairs(one)) for one in sentences]
    best = max(range(len(sentences)), key=lambda at: (fit[at], -at))
    if best and fit[best] > fit[0] and not _leans_back(sentences[best]):
        first = _named(sentences[best], topic)
        rest = [one for at, one in enumerate(sentences) if at > best]
        return [first, *rest]
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


def _named(sentence: str, topic: str) -> str:
    return topic + sentence[1:] if sentence.startswith("它") else sentence


def _pairs(text: str) -> set[str]:
    plain = "".join(_WORD.findall(text))
    pairs = {plain[at : at + 2] for at in range(len(plain) - 1)}
    return {one for one in pairs if not (one[0] in _COMMON or one[1] in _COMMON)}
