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
_TALK = """\
<!-- 闲聊：打招呼、道谢、问你是谁。改成自己的口气，不要的删去；几行“问：”用同一个回答。
     Small talk: greetings, thanks, who are you. Put it into your own words and remove what you do
     not want; several lines of 问： have the one answer below them. -->

问：你好
问：您好
问：你好呀
问：嗨
问：哈喽
问：早上好
问：下午好
问：晚上好
答：您好，我是这里的AI助手。想了解什么，直接写给我就好。

问：在吗
问：在不在
问：有人吗
问：有人在吗
答：在的。我是AI助手，随时都在，请直接写下您想问的。

问：谢谢
问：谢谢你
问：多谢
问：感谢
问：太感谢了
问：辛苦了
答：不客气，还有想问的，随时写给我。

问：再见
问：拜拜
问：下次再聊
问：我先走了
问：晚安
答：再见，欢迎随时再来。

问：你是谁
问：你叫什么名字
问：你是什么
问：介绍一下你自己
答：我是这里的AI助手，照着店里写好的资料回答问题。

问：你是真人吗
问：对面是真人吗
问：你是人还是机器人
问：你是机器人还是人工
答：我不是真人，是AI助手，回答由AI生成。想留言给工作人员，请发送“反馈”加上您的话。

问：你会什么
问：你能做什么
问：我可以问你什么
答：我可以照店里的资料回答问题。也可以发送“帮助”，看看都有哪些指令。

问：哈哈
问：哈哈哈
问：呵呵
问：嘻嘻
答：看来您心情不错。还有什么想了解的吗？

问：好的
问：好
问：嗯
问：嗯嗯
问：行
问：知道了
问：明白了
问：收到
问：ok
答：好的，还有想问的，直接写给我就好。

问：你真棒
问：你真聪明
问：不错
问：厉害
答：谢谢夸奖，能帮上忙就好。

问：你好笨
问：答非所问
问：你没听懂
问：不是这个意思
答：抱歉，没有答好。请换一种说法再问一次，或者发送“反馈”加上您的意见。

问：无聊
问：陪我聊聊
问：我心情不好
答：我在听。我会的不多，不过您想说什么，都可以写给我。
"""
_README = """\
把资料放在这里，机器人就会用它回答。Put what the bot should know here:

  *.md *.txt    一个标题（或空行）开始一条；也可以写“问：……”“答：……”
                a heading or an empty line begins a note; or pairs of 问：… and 答：…
  *.csv         表头 问题,答案（或 问,答、Q,A、question,answer）：每行一问一答
                headed question,answer: a pair a row
                其他表格：第一列“名称”（或品名、商品……），其余每列一个属性（价格|多少钱）
                any other table: first column 名称 (品名, product, …), each further one a property
  *.jsonl       {"topic", "questions": [], "answers": []}

Excel、Word、PDF 不会读取：请另存为 CSV（UTF-8）或 txt。talk.txt 是闲聊，可以改。
Excel, Word and PDF are not read: save as CSV or txt. talk.txt holds small talk, to be changed.
UTF-8 或 GB18030。UTF-8 or GB18030. 说明 / more: docs/knowledge.zh.md, docs/knowledge.md
"""


def starter_bundle(name: str) -> Bundle:
    """Return the files of a new account."""
    text = account_file(name, medical=False, suggestions=("怎么找到人工客服？",), handover=True)
    return Bundle(
        {"account.toml": text.encode(), "blocked.txt": _BLOCKED.encode()},
        {"faq.txt": _NOTES.encode(), "talk.txt": _TALK.encode()},
    )


def starter_guide() -> str:
    """Return what stands beside the notes to explain them."""
    return _README
