"""What a question asks a library for: content words, and the books that it names."""

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

# Words about the asking, cut out wherever they stand; and those cut off the ends only: 治 is a
# word of asking in `失眠怎么治`, and none in `治未病`.
_ANYWHERE = (
    "古人怎么看 古人怎么说 古人怎么论 古人怎么治 古人怎样 古人如何 古书上 古书里 古书怎么说 古书怎么讲 古书记载 古代医书 医书里 古籍里 "
    "是什么意思 是什么样 是什么原因 是什么道理 怎么回事 怎么讲的 怎么说的 怎么写的 怎么记载 怎么解释 怎么理解 怎么治疗 怎么调理 怎么办 是怎么 怎么讲 怎么说 怎么写 怎么治 怎么论 怎么看 "
    "什么意思 什么来历 什么原因 什么道理 有哪些说法 有什么说法 有什么讲究 有什么功效 有什么作用 有什么区别 有哪些 有什么 是什么 "
    "出自哪里 出自哪本书 出自何处 出自哪 哪本书里 哪本书上 哪一本书 哪本书 哪部书 哪篇 最早见于 最早出现 最早 谁说的 谁写的 谁提出 是谁 "
    "介绍一下 讲一讲 说一说 讲讲 说说 谈谈 聊聊 告诉我 我想知道 想知道 请问 请教 能不能 可不可以 有没有 是不是 为什么 为何 如何 怎样 "
    "这句话 这一句 这段话 这个说法 原文是 的原文 原话是 的出处 出处是"
).split()
_AT_ENDS = (
    "里面的 里的 中的 上的 里头 古人 古代 古书 古籍 书里 书中 书上 里面 中医 医家 老祖宗 历代 对于 关于 对 论述 认为 里 中 上 的 了 吗 呢 吧 呀 啊 么 是 在 我 你 请 那 给 "
    "怎么 什么 哪些 哪里 哪个 哪 谁 何 多少 原文 原话 原方 出处 出自 记载 方解 来源 来历 由来 全文 一下 一句 一段 说法 方法 办法 治法 病因 病机 原因 "
    "功效 作用 功用 主治 性味 最近 总是 老是 经常 一直 可以 有何 讲 说 论 治 治疗 用 有 与 和 或 能 会 要 看 想 问 应该 应当 到底 究竟 其实"
).split()
_NOT_AT_HEAD = frozenset("治 治疗 论 用 有 和 与 或 能 会 要 中 上 里 主治 说 讲 病因 病机".split())
_MIDDLE = re.compile("|".join(sorted(_ANYWHERE, key=len, reverse=True)))
_ENDS = "|".join(sorted(_AT_ENDS, key=len, reverse=True))
_HEAD = re.compile(f"^(?:{'|'.join(w for w in _ENDS.split('|') if w not in _NOT_AT_HEAD)})")
_ASKING = re.compile(f"(?:{_MIDDLE.pattern}|{_ENDS})+")
_TAIL = re.compile(f"(?:{_ENDS})$")


@dataclass(frozen=True, slots=True)
class Question:
    """What to look for.

    Attributes:
        words: content words in plain characters, as asked.
        also: other words for the same things; they count half.
        books: numbers of the books that are named.
    """

    words: tuple[str, ...]
    also: tuple[str, ...]
    books: frozenset[int]

    @property
    def headings(self) -> tuple[str, ...]:
        """Return the words, and each without 论, 治, 证 ..., as headings are looked up."""
        forms = ((word, *sorted(headwords(word))) for word in (*self.words, *self.also))
        return tuple(dict.fromkeys(form for several in forms for form in several))


def understand(text: str, names: Mapping[str, Sequence[int]], also: Sequence[str]) -> Question:
    """Read a question; `names` are the books by what they are called."""
    text = plain(normal_form(text[:_LONGEST]))
    books, rest = _take_names(text, names)
    words = [word for clause in clauses(rest) for word in content(clause)]
    more = [plain(word) for word in also]
    return Question(tuple(dict.fromkeys(words)), tuple(dict.fromkeys(more)), frozenset(books))


def content(clause: str) -> list[str]:
    """Return what is left of a clause without the words about the asking."""
    return [word for part in _MIDDLE.sub(" ", clause).split() if (word := _trimmed(part))]


def _trimmed(word: str) -> str:
    """Take words of asking off both ends, as long as two characters stay that are none."""
    if _ASKING.fullmatch(word):
        return ""
    while len(word) > 2:
        shorter = _HEAD.sub("", word)
        shorter = _TAIL.sub("", shorter) if len(shorter) > 2 else shorter
        if shorter == word or len(shorter) < 2:
            break
        word = shorter
    return "" if _ASKING.fullmatch(word) else word


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


_ALWAYS_NAMES = frozenset(
    "内经 素问 灵枢 难经 脉经 金匮 仲景 扁鹊 东垣 丹溪 华佗 李杲 汪昂 薛己 叶桂 景岳 张机 喻昌 柯琴 尤怡 傅山".split()
)
