"""Feeds whatever reads an owner's account with arbitrary ones: refused in a sentence, or read.

    python -m tests.tools.fuzz.accounts --seconds 60 --seed 1

A whole account (texts, rules of all kinds, menu, scenes, words, notes in all four forms) is changed
line by line, value by value and byte by byte; what Redis keeps of it is changed as well.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from knowledge.errors import ReadError
from knowledge.reading import read_folder
from tests.tools.fuzz.checkpoint import changed_bytes, place_for_many
from tests.tools.fuzz.loop import Reader, feed, run
from xinglin.account import Bundle, read_account
from xinglin.account.advice import advise
from xinglin.account.bundle import unpack_notes, unpack_texts
from xinglin.account.rules import first_rule
from xinglin.errors import AccountError

MOST_S = 2.0
"""Processor time of one reader for one account of some kilobytes; a busy machine needs room."""

WHOLE = '''
name = "茶铺"
avatar = "茶"
label = "（本回答由AI生成，仅供参考）"
medical = false
model = ""
suggestions = ["怎么找到人工客服？", "几点开门"]
greeting = """
你好，这里是{name}。
{suggestions}
[点这里](帮助) [官网](https://example.com/a?b=c)"""
not_found = "没有写到。"

[[reply]]
name = "地址"
contains = ["地址", "在哪"]
text = "南街 12 号，[地图](https://example.com)"

[[reply]]
regex = ["(寄|送)到.{0,8}吗", "^[0-9]{6}$"]
text = ["能寄。", "可以的。"]
pick = "random"
hours = ["09:00-18:00"]
days = ["周一", "2026-10-01"]
tap = "目录"

[[reply]]
match = ["目录", "菜单"]
news = {title = "目录", description = "一页", url = "https://example.com", picture = "https://example.com/a.png"}

[[reply]]
match = "普洱"
ask = "普洱有几种？"

[scenes]
shelf = "这是{name}的架子。"

[[menu]]
name = "看看"
below = [
  {name = "目录", send = "目录"},
  {name = "官网", url = "https://example.com"},
]
'''
FILES = {
    "account.toml": WHOLE.encode(),
    "blocked.txt": "# 词\n翻墙\nin: 加微信\nout: 包治\n".encode(),
    "verify/MP_verify_x.txt": b"x",
}
NOTES = {
    "faq.txt": "问：几点开门？\n答：九点。\n\n# 退货\n七天内。\n- 未拆封\n- 有小票\n".encode(),
    "guide.md": "# 泡茶\n## 水温\n80 度。\n\n| 茶 | 温度 |\n| --- | --- |\n| 绿茶 | 80 |\n".encode(),
    "goods.csv": "品名,别名,价格|多少钱,产地\n毛峰,黄山毛峰、毛尖,180,黄山\n普洱,,90,云南\n".encode(),
    "pairs.csv": "问,答\n能寄吗,能寄\n送货吗,能寄\n".encode(),
    "more.jsonl": (
        '{"topic": "会员", "questions": ["怎么办卡"], "answers": ["扫码。"], "old": ["办证"]}\n'
        '{"topic": "茶", "turns": [{"questions": ["茶"], "answers": ["好"]}, {"questions": ["贵吗"], "answers": ["不"]}]}\n'
        '{"table": "goods", "relation": "价格", "questions": ["{}多少钱"], "says": "{价格}元"}\n'
        '{"table": "goods", "card": "{name}产自{产地}。", "not_before": ["罐"]}\n{"lacking": ["龙井"]}\n'
    ).encode(),
}  # fmt: skip
VALUES = [
    "1", "-1", "1.5", "nan", "inf", "true", "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z", "9" * 5000,
    "1e9999", '""', '" "', '"{name"', '"{nobody}"', '"}{"', '"[a](b"', '"[](帮助)"', '"' + "一" * 3000 + '"',
    '"' + "[a](" * 900 + '"', '"' + "{" * 3000 + '"', '"(a+)+$"', '"(' + "a?" * 200 + ')"', '"[[:x:]]"', '"(?P<"',
    '"' + "(" * 400 + '"', '".{1000}{1000}"', '"\\\\p{Han}*x"', '"\\u0000"', '"\\ud800"', '"""\n' + "x\n" * 50 + '"""',
    "'''x'''", "[]", "[[]]", "{}", "{a = 1}", '["a", 1]', '["a"]', "[" * 3000, "{a=" * 800, '[""]', '"09:00-08:00"',
    '"25:61-1"', '"mon"', '["2026-02-30"]', '"https://' + "a" * 3000 + '"', '"javascript:x"', '"\\r\\n"',
]  # fmt: skip
LINES = [
    "[[reply]]", "[reply]", "[[menu]]", "[[menu.sub]]", "[scenes]", "[a.b.c]", "[[a]]", "a.b = 1", '"" = 1', "x" * 200 + " = 1",
    "danger = 'x'", "=", "#", "问：", "答：", "# ", "| a | b |", "|---|", '"', '""', "," * 300, "a\tb", "{", "}", "[", "{}",
    '{"topic": 1}', '{"turns": []}', '{"table": "x", "card": "{y}"}', '{"lacking": 1}', '{"a":' * 2000, "[" * 5000, "9" * 5000,
    "- " * 400, "> " * 400, "#" * 3000, "名称,{},|", "名称,a,a", "问,答", "name|x,b", '"a\nb",c', "\ufeff", "\x00", "\u2028", "一" * 5000,
    "in: ", "out:", "in: out: x", "a=" * 900,
]  # fmt: skip
MESSAGES = ("在哪", "寄到广州吗", "目录", "123456", "一" * 600)


@dataclass(frozen=True, slots=True)
class Owner:
    """An owner's files, and what Redis keeps of them."""

    files: Mapping[str, bytes]
    notes: Mapping[str, bytes]
    packed: tuple[bytes, bytes]


def changed_lines(choose: random.Random, content: bytes) -> bytes:
    """Drop, double, swap, invent lines, or give a key another value."""
    lines = content.decode().split("\n")
    for _ in range(choose.choice([1, 1, 2, 5])):
        at, other = choose.randrange(len(lines)), choose.randrange(len(lines))
        way = choose.randrange(6)
        if way == 0:
            lines[at] = lines[other]
        elif way == 1:
            lines[at], lines[other] = lines[other], lines[at]
        elif way == 2:
            lines[at:at] = [choose.choice(LINES)] * choose.choice([1, 1, 3, 60])
        elif way == 3:
            lines[at:other] = lines[at:other] * choose.choice([0, 2, 20])
        else:
            key, sign, _ = lines[at].partition(" = ")
            lines[at] = f"{key}{sign or choose.choice([',', ' ', '：'])}{choose.choice(VALUES)}"
    return "\n".join(lines).encode("utf-8", "surrogatepass")[:60_000]


def changed(choose: random.Random, content: bytes) -> bytes:
    """Change one file."""
    way = choose.random()
    if way < 0.6:
        return changed_lines(choose, content)
    if way < 0.9:
        return changed_bytes(choose, content)
    return content.decode().encode(choose.choice(["utf-16", "gb18030", "utf-8-sig", "utf-16-le"]))


def make_owner(choose: random.Random) -> Owner:
    """An account of which a file or two, or what is kept of it, were changed."""
    files, notes = dict(FILES), dict(NOTES)
    for found in (files, notes):
        for name in choose.sample(sorted(found), choose.choice([1, 1, 2])):
            found[name] = changed(choose, found[name])
    kept = Bundle(FILES, NOTES).pack()
    return Owner(files, notes, (changed_bytes(choose, kept[0]), changed_bytes(choose, kept[1])))


def readers(place: Path) -> list[Reader[Owner]]:
    """Everything that reads an account, in a folder that may be written to."""
    return [
        Reader("account", _read_account, refuses=(AccountError,)),
        Reader("notes", lambda owner: _read_notes(owner, place), refuses=(ReadError,)),
        Reader("packed", _pack, refuses=(AccountError,)),
        Reader("texts of Redis", lambda o: unpack_texts(o.packed[0]), refuses=(AccountError,)),
        Reader("notes of Redis", lambda o: unpack_notes(o.packed[1]), refuses=(AccountError,)),
    ]


def _read_account(owner: Owner) -> None:
    account = read_account(Bundle(owner.files), "folder")
    now = datetime(2026, 1, 5, 12, tzinfo=UTC)
    for message in MESSAGES:
        first_rule(account.rules, message, now)
    "".join(map(str, advise(account))).encode()


def _read_notes(owner: Owner, place: Path) -> None:
    for name, content in owner.notes.items():
        (place / name).write_bytes(content)
    read_folder(place)


def _pack(owner: Owner) -> None:
    bundle = Bundle(owner.files, owner.notes)
    texts, notes = bundle.pack()
    assert unpack_texts(texts) == (dict(owner.files), bundle.notes_digest)
    assert unpack_notes(notes) == dict(owner.notes)


def fuzz(seed: int, *, times: int = 0, seconds: float = 0.0) -> tuple[int, float]:
    """Read accounts; returns how many and the longest processor time of a reader.

    Raises:
        AssertionError: a reader failed or took long; it names the account.
    """
    with place_for_many() as place:
        return feed(make_owner, readers(place), seed, most_s=MOST_S, times=times, seconds=seconds)


if __name__ == "__main__":
    run(fuzz, "accounts")
