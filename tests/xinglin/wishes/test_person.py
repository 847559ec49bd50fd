"""Wishes for a person, and for the bot again."""

from __future__ import annotations

import pytest

from xinglin.wishes import wish_of

PERSON = (
    "人工", "轉人工", "转 人 工", "转人工客服", "找人工", "人工在吗", "我想找个真人聊聊", "能不能换真人来回答", "请转接人工坐席",
    "我要跟真人说", "跟你们老板说", "叫店长来", "有没有人工客服", "怎么联系客服", "帮我接一下人工", "别让机器人回我", "换个人来回答我",
    "我不想跟机器人聊了", "麻烦安排一位客服", "请问可以转人工吗？谢谢", "我有点急，快帮我转人工", "听不懂，给我找个活人", "要人工",
    "直接转人工吧", "客服呢", "真人客服", "I want to speak to a human", "get me a live agent please",
)  # fmt: skip
NOBODY = (
    "人工智能会取代中医吗", "人工牛黄和天然牛黄的区别", "人工呼吸的步骤", "人工养殖的林蛙", "真人版电影好看吗", "客服电话多少", "你是真人吗",
    "人工流产后吃什么", "不用找人工了我自己看", "别转人工", "活人参是什么", "有人吗", "找人参的图片", "老板娘长什么样", "我要当客服",
    "怎么做好客服工作", "人工费贵不贵", "请问店长几点上班", "human body temperature",
)  # fmt: skip
BOT = (
    "结束人工", "退出人工客服", "继续跟机器人聊", "回到机器人", "转回机器人", "不用人工了", "还是让机器人回答吧", "切换回机器人", "取消人工",
    "我要结束人工服务", "换机器人来",
)  # fmt: skip


@pytest.mark.parametrize("text", PERSON)
def test_a_person_is_wanted(text: str) -> None:
    assert wish_of(text) == "person"


@pytest.mark.parametrize("text", NOBODY)
def test_nobody_is_wanted(text: str) -> None:
    assert wish_of(text) != "person"


@pytest.mark.parametrize("text", BOT)
def test_the_bot_is_wanted_again(text: str) -> None:
    assert wish_of(text) == "bot"


@pytest.mark.parametrize("text", ["机器人是什么", "机器人怎么工作", "AI", "不等了", "算了"])
def test_these_are_no_wish_for_the_bot_before_a_person_took_over(text: str) -> None:
    assert wish_of(text) is None


@pytest.mark.parametrize("text", ["不等了", "算了", "机器人", "你来回答吧"])
def test_while_a_person_is_waited_for_they_are(text: str) -> None:
    assert wish_of(text, taken_over=True) == "bot"


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("找小王", True), ("小王在吗", True), ("小王", True), ("让我跟小王说", True), ("帮我叫小王来", True),
        ("小王子是谁写的", False), ("小王上次推荐的茶真好", False), ("我叫小王", False), ("找小王子这本书", False),
    ],
)  # fmt: skip
def test_people_may_be_called_by_name(text: str, called: bool) -> None:
    assert (wish_of(text, ["小王"]) == "person") is called
