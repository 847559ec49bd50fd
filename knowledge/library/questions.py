"""A question to a library: content words, and the books that it names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.library.grams import clauses, plain
from knowledge.library.headwords import headwords
from xinglin.normal import normal_form

_LONGEST = 200
_LONGEST_NAME = 14
_TITLE = re.compile("《([^《》]{1,30})》")

# Words about the asking: cut out wherever they stand, off the beginning, off the end, or dropped
# where they stand alone. 治 ends a question (失眠怎么治) and begins a word (治未病).
_ANYWHERE = (
    "(?:[归入走]的?(?=什么经|哪)|[治主属为用出有叫指说讲管看])*(?:什么|啥)(?:意思|样子|原因|道理|来历|说法|"
    "讲究|功效|作用|区别|不同|关系|症状|表现|好处|害处|时候|地方|[证病样象经药方人书])?",
    "是?怎么(?:样|办|治疗|治|调理|调|回事|讲的|讲|说的|说|写的|写|记载|记|解释|理解|认识|看待|看|论述|论|"
    "来的|来|做|分|区分|用|叫)?(?:的(?=$|[，。？]))?",
    "怎样|如何|为何|为什么|哪本书[里上]?|哪一?[本部篇]书?|哪些?|哪里|何处|多少|谁(?:说|写|提出)的?|是谁",
    "(?:古人|古代|古书|古籍|古医书|医书|书|历代|老祖宗|中医|医家)(?:[里上中](?:面)?|们)?"
    "(?=怎|如|是|对|有|说|讲|论|认|记|$)",
    "古人|古代|古书|古籍|古医书|医书|历代医家|老祖宗|出自|最早(?:见于|出现在?)?",
    "介绍一?下?|讲一?讲|说一?说|谈一?谈|聊一?聊|告诉|知道|请问|请教|能不能|可不可以|有没有|是不是",
    "这句话|这一句|这段话|这个说法|原文|原话|出处|记载|性味|归经|主治|功效|作用|功用|病因病机|病因|病机",
    "治法|分类|症状|表现|说法|讲究|区别|关系|害处|好处|办法|方法",
)
_HEAD = re.compile(
    "^(?:里面|里头|里|对于|关于|对|我|你|请|那|给|论|讲|说|要|想|应该|应当|到底|究竟|其实|最近|总是|老是|"
    "经常|一直|是|在|有)(?=..)"
)
_TAIL = re.compile(
    "(?<=..)(?:吗|呢|吧|呀|啊|么|了|是|在|有|讲|说|论|治疗|治|病论|一下|全文|主|对|要|会|能)$"
)
_ALONE = re.compile(
    "(?:里面|里头|[里中上]|对于|关于|"
    "[对我你请那给讲说论治看用是在有会能要想问和与或及跟的了呢吗吧呀啊么书人主]|"
    "应该|应当|可以|到底|究竟|其实|最近|总是|老是|经常|一直|治疗|一下|全文|身体|医书|古人|中医|认为|原因|"
    "来历|由来|来源)+"
)
_MIDDLE = re.compile("|".join(_ANYWHERE))
# Between two words; within one (调和, 中和) they stay.
_JOINTS = re.compile("的|(?<=..)(?:与|和|跟|及|或者?|对于?)(?=..)|(?<=..)[要会能](?=..)")
_ORIGIN = re.compile(
    "(?:这句话|这一句|这句|这段话|这个说法|的?(?:原文|原话|出处))?(?:是|最早)?"
    "(?:出自|出处|来自|见于|语出|原文|原话|谁说|谁写|谁提出|源于|来源于|在)?(?:是|的|于)?"
    "(?:哪里|哪儿|何处|哪一?[本部篇]书?[里上中]?|什么书|哪|谁)?(?:的|说的|写的|提出的|出现的?)?"
    "[吗呢呀啊]?[？?。！!]*$"
)
_QUOTED = re.compile('[“「『"]([^”」』"]{2,})[”」』"]')


# Short names that are no other word; `直诀` or `纲目` may be one.
_ALWAYS_NAMES = frozenset({
    "内经", "素问", "灵枢", "难经", "脉经", "金匮", "仲景", "扁鹊", "东垣", "丹溪", "华佗", "李杲",
    "汪昂", "薛己", "叶桂", "景岳", "张机", "喻昌", "柯琴", "尤怡", "傅山",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """Terms to look for.

    Attributes:
        words: content words in plain characters, as asked.
        also: other words for the same things; they count half.
        books: numbers of the books that are named.
    """

    words: tuple[str, ...]
    also: tuple[str, ...]
    books: frozenset[int]

    def headings(self) -> dict[str, float]:
        """Return what a heading may be, and what it is worth: without 论, 治 or 证 less."""
        found: dict[str, float] = {}
        for words, share in ((self.words, 1.0), (self.also, 0.8)):
            for word in words:
                for form in (word, *sorted(headwords(word))):
                    worth = share if form == word else 0.7 * share
                    found[form] = max(worth, found.get(form, 0.0))
        return found


def understand(text: str, names: Mapping[str, Sequence[int]], also: Sequence[str]) -> Question:
    """Read a question; `names` are the books by what they are called."""
    text = plain(normal_form(text[:_LONGEST]))
    books, rest = _take_names(text, names)
    words = [word for clause in clauses(rest) for word in content(clause)]
    long = [word for word in words if len(word) > 1]
    more = [plain(word) for word in also]
    return Question(
        tuple(dict.fromkeys(long or words)), tuple(dict.fromkeys(more)), frozenset(books)
    )


def content(clause: str) -> list[str]:
    """Return what is left of a clause without the words about the asking."""
    parts = _JOINTS.sub(" ", _MIDDLE.sub(" ", clause)).split()
    return [word for part in parts if (word := _trimmed(part))]


def saying_of(text: str) -> str:
    """Return the saying whose origin a text asks for: what is quoted, or all but the asking."""
    text = text.strip()
    if quoted := _QUOTED.search(text):
        return quoted[1]
    return _ORIGIN.sub("", text)


def _trimmed(word: str) -> str:
    """Take words of asking off both ends, as long as two characters stay."""
    while True:
        shorter = _TAIL.sub("", _HEAD.sub("", word))
        if shorter == word:
            return "" if _ALONE.fullmatch(word) else word
        word = shorter


def _take_names(text: str, names: Mapping[str, Sequence[int]]) -> tuple[set[int], str]:
    """Return the books whose names stand in a text, longest first, and the text without them."""
    books: set[int] = set()
    at, rest = 0, []
    while at < len(text):
        for size in range(min(_LONGEST_NAME, len(text) - at), 1, -1):
            name = text[at : at + size]
            if name in names and not _is_word(text, at, size):
                books.update(names[name])
                rest.append(" ")
                at += size
                break
        else:
            rest.append(text[at])
            at += 1
    return books, "".join(rest)


def _is_word(text: str, at: int, size: int) -> bool:
    """Tell whether a short name is part of a longer word: 丹溪 is an author, 局方 in 和剂局方 none.

    Names of two characters that are words as well count as names only before 里, 说, 中, 云 ...
    """
    if size > 2 or text[at : at + size] in _ALWAYS_NAMES:
        return False
    after = text[at + size : at + size + 1]
    return after not in set("里说中上云曰讲论的怎是对如记载写提认》")
