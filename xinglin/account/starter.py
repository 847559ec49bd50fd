"""The files that `xinglin init` writes for an account of one's own."""

from __future__ import annotations

from xinglin.account.bundle import Bundle
from xinglin.account.template import account_file

_BLOCKED = """\
# 屏蔽词，每行一个；问题和回答里都不能出现。只管问题：in: 词；只管回答：out: 词
# Blocked words, one a line, in questions and answers alike; `in: word` or `out: word` for one side.
"""
_NOTES = """\
问：怎么找到人工客服？
答：请发送“反馈”加上你的问题，我们会看到。
"""
_README = """\
把资料放在这里，机器人就会用它回答。Put what the bot should know here:

  *.md *.txt    一个标题（或空行）开始一条；也可以写“问：……”“答：……”
                a heading or an empty line begins a note; or pairs of 问：… and 答：…
  *.csv         表头 question,answer（或 问,答）：每行一问一答
                headed question,answer: a pair a row
                其他表格：第一列“名称”，其余每列一个属性（价格|多少钱）
                any other table: first column 名称, each further one a property
  *.jsonl       {"topic", "questions": [], "answers": []}

UTF-8 或 GB18030。UTF-8 or GB18030. 说明 / more: docs/knowledge.md
"""


def starter_bundle(name: str) -> Bundle:
    """Return the files of a new account."""
    text = account_file(name, medical=False, suggestions=("怎么找到人工客服？",))
    return Bundle(
        {"account.toml": text.encode(), "blocked.txt": _BLOCKED.encode()},
        {"faq.txt": _NOTES.encode()},
    )


def starter_guide() -> str:
    """Return what stands beside the notes to explain them."""
    return _README
