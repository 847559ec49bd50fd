"""Every fixed text that a follower may read."""

from __future__ import annotations

from xinglin.wechat.replies import tap_link

GREETING = (
    "你好，欢迎来到杏林。\n我是读中医典籍长大的AI，不是医生：可以陪你聊本草、方剂、经络与养生的古人说法，"
    "不诊断、不开方，身体不适请及时就医。\n凡由AI生成的回答都会注明。直接把想问的写下来就好，"
    "例如：“黄芪有什么功效？”\n发送“帮助”看看我能做什么。"
)
HELP = (
    "我是杏林，一个学中医典籍的AI，不是医生，不诊断也不开方。\n你可以问：本草性味、方剂主治、经典里的说法。\n指令：\n"
    "重置 — 忘掉我们的对话\n我的数据 — 查看为你保存的内容\n删除我的数据 — 全部删除\n赞 / 踩 — 评价上一个回答\n"
    "反馈 + 内容 — 把意见或投诉告诉运营者\n取消关注后，你的数据会自动删除。"
)
BUSY = "抱歉，系统这会儿有点忙，请过一两分钟再发一次。"
USER_FULL = "你前面的几个问题我还在想，请等我答完再问下一个。"
TOTAL_FULL = "现在提问的人太多了，这一条我没能收下，请稍后再发一次。"
USER_RATE = "你问得有点快，我跟不上了，这一条没有收下。请过{wait}再发。"
ACCOUNT_RATE = "现在提问的人太多了，这一条我没能收下，请过{wait}再发。"
COMMAND_RATE = "指令发得太快了，请过{wait}再发。"
SUSPENDED = (
    "运营者暂停了你的提问权限，这一条没有收下。如有异议，请发送“投诉”加上你的说明；"
    "“我的数据”和“删除我的数据”仍然可用。遇到紧急情况请直接拨打 120。"
)
LATE = "这个问题我还在想，" + tap_link("点这里看回答", "继续")
PENDING = "还没想好，请再等几秒，" + tap_link("点这里再看", "继续")
NOTHING_MORE = "没有更多内容了，想问什么直接写给我就好。"
MORE = tap_link("点这里继续看", "继续")
RESET = "好的，之前的对话我都忘了，我们重新开始。"
ERASED = "已删除为你保存的全部内容。"
NO_DATA = "目前没有保存你的任何内容。"
VOTED_UP = "谢谢肯定！"
VOTED_DOWN = "谢谢告诉我，我会努力改进。想说得更细，可以发送“反馈”加上你的意见。"
NOTHING_TO_VOTE = "还没有可以评价的新回答。"
FEEDBACK_THANKS = "收到，谢谢你的反馈，运营者会看到。"
FEEDBACK_EMPTY = "请在“反馈”后面写上你的意见，例如：反馈 回答太长了。"
EMPTY_REPLY = "这个问题我答不好，换一种问法试试？例如问某味药的性味、某个方子的主治。"
POISON = "抱歉，这条消息我处理不了，请换一种说法。"
UNSUPPORTED = {
    "voice": "我听不到语音，请打字告诉我。",
    "image": "我还看不懂图片，请用文字告诉我你想了解什么。",
    "video": "我还看不了视频，请用文字告诉我你想了解什么。",
    "shortvideo": "我还看不了视频，请用文字告诉我你想了解什么。",
    "location": "收到位置了，不过我只会聊中医典籍，请用文字提问。",
    "link": "我打不开链接，请把想问的内容用文字发给我。",
    "other": "这种消息我还看不懂，请用文字提问。",
}
EMPTY_TEXT = "你好像发了一条空消息，想问什么直接写给我就好。"
HOME = "这里是一个微信公众号的应答服务，由开源项目杏林（Xinglin）驱动。回答由AI生成，不能代替医生。"


def wait_words(seconds: int) -> str:
    """Return a waiting time as one says it, never shorter than it is."""
    for unit_s, name in ((86_400, "天"), (3600, "小时"), (60, "分钟")):
        if seconds > unit_s:
            return f"{-(-seconds // unit_s)}{name}"
    return f"{max(1, seconds)}秒"
