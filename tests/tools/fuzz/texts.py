"""Feeds whatever judges a text with arbitrary ones: no failure, no long wait, and firm forms.

    python -m tests.tools.fuzz.texts --seconds 60 --seed 1

Texts are put together of pieces that rules look for (names, doses, danger words, commands), of
characters that have bitten somebody (marks that combine, invisible ones, emoji that join, halves
of surrogates) and of repetitions up to 20,000 characters.
"""

from __future__ import annotations

import random

from tests.tools.fuzz.loop import Reader, feed, run
from xinglin.commands import parse_command
from xinglin.normal import Lexicon, bounded, compact, mend_names, normal_form, spell_names, written
from xinglin.policy import clean_reply, danger
from xinglin.safety.said import facts_in
from xinglin.safety.veto import poison_answer, poison_warnings, without_harmless_claims
from xinglin.wechat.emoticons import is_wordless
from xinglin.wechat.pages import paginate

MOST_S = 1.5
"""Processor time of one reader for one text; a machine that does other work needs room."""
LONGEST = 20_000

WORDS = [
    *(
        "黄芪",
        "附子",
        "川烏",
        "砒霜",
        "自殺",
        "不想活了",
        "宝宝",
        "怀孕",
        "吐血",
        "120",
        "反馈",
        "投诉：",
        "帮助",
        "继续",
    ),
    *(
        "每次",
        "一日三次",
        "三錢",
        "９ｇ",
        "1/2 茶匙",
        "各等份",
        "《本草纲目》云",
        "本草纲目说",
        "曰：",
        "无毒",
        "可以放心吃",
        "有没有毒",
    ),
    *(
        "zi sha",
        "huang qi",
        "I want to die",
        "overdose",
        "can't breathe",
        "唔想",
        "[流泪]",
        "/::)",
        "【收到不支持的消息类型】",
    ),
    *(
        "，",
        "。",
        "？",
        "\n",
        " ",
        "　",
        "(",
        "（",
        "「",
        "』",
        "http://a.b/",
        "a@b.c",
        "123-456-7890",
        "嗯嗯那个",
    ),
]
CHARACTERS = [
    *(
        "\u200b",
        "\ufeff",
        "\u0301",
        "\u0323",
        "\u202e",
        "\ufe0f",
        "\u200d",
        "\U0001f469",
        "\U0001f3fd",
        "\ud800",
        "\udfff",
    ),
    *(
        "\x00",
        "\x1b",
        "\u1100",
        "\u1161",
        "\ufdfa",
        "ﬁ",
        "㍿",
        "㎎",
        "①",
        "⅓",
        "壹",
        "兩",
        "𠮷",
        "龘",
        "Ａ",
        "ß",
        "İ",
    ),
]
REPEATED = [
    *"一二十三百钱克g9 .,，。！(《曰日次毒a",
    *CHARACTERS,
    "自 ",
    "1/",
    "ab",
    "一日",
    "《》",
    "有毒",
]


def readers() -> list[Reader[str]]:
    """Everything that sees a follower's words, or a model's."""
    names = Lexicon.of([["黄芪"], ["当归"], ["附子"], ["白术"], ["柴胡"]])
    return [
        Reader("written", written, firm=True),
        Reader("normal_form", normal_form, firm=True),
        Reader("compact", compact),
        Reader("bounded", bounded, firm=True),
        Reader("mend_names", lambda text: mend_names(normal_form(text), names)),
        Reader("spell_names", lambda text: spell_names(normal_form(text), names)),
        Reader("parse_command", parse_command),
        Reader("is_wordless", is_wordless),
        Reader("danger", danger),
        Reader("facts_in", facts_in),
        Reader("clean_reply", clean_reply, firm=True),
        Reader("half_reply", lambda text: clean_reply(text, complete=False)),
        Reader("without_harmless_claims", without_harmless_claims),
        Reader("poison_answer", poison_answer),
        Reader("poison_warnings", poison_warnings),
        Reader("paginate", lambda text: paginate(text.encode("utf-8", "replace").decode())),
    ]


def make_text(choose: random.Random) -> str:
    """A text; most are short."""
    parts = []
    for _ in range(choose.choice([1, 2, 4, 8, 30])):
        kind = choose.random()
        if kind < 0.55:
            parts.append(choose.choice(WORDS))
        elif kind < 0.75:
            parts.append(choose.choice(CHARACTERS))
        elif kind < 0.85:
            parts.append(chr(choose.choice([choose.randrange(0x110000), choose.randrange(0x3000)])))
        else:
            times = choose.choice([2, 5, 40, 400, LONGEST])
            parts.append(choose.choice(REPEATED) * times)
    return "".join(parts)[:LONGEST]


def fuzz(seed: int, *, times: int = 0, seconds: float = 0.0) -> tuple[int, float]:
    """Read texts; returns how many and the longest processor time of a reader.

    Raises:
        AssertionError: a reader failed, took long, or its form is not firm; it names the text.
    """
    return feed(make_text, readers(), seed, most_s=MOST_S, times=times, seconds=seconds)


if __name__ == "__main__":
    run(fuzz, "texts")
