"""Texts of an account that followers read: what each is for, and its wording where none is given.

Safety's texts (danger answers, poison warnings, the helpline) are not among them: `xinglin/texts.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from xinglin.account.text_spec import TextSpec
from xinglin.account.text_spec import described as _text

_SHORT_BYTES = 600
FROZEN = frozenset(
    {"see_doctor", "helpline", "poisonous", "slightly_poisonous", "deadly", "toxic"}
    | {"slightly_toxic", "danger", "emergency"}
)
"""Keys that somebody may look for here: safety's texts, which no account changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """One text a field, as followers read it: `{name}` filled in, links written out."""

    greeting: str = _text(
        "你好，欢迎来到{name}。\n我是{name}的AI助手，不是真人。凡由AI生成的回答都会注明。\n"
        "直接把想问的写下来就好；发送“帮助”看看我能做什么。",
        "关注后的欢迎语；须说明回答的是 AI",
        "welcome after following; should say that an AI answers",
    )
    help: str = _text(
        "我是{name}的AI助手，不是真人。直接写下你想问的就好。\n指令：\n"
        "重置 — 忘掉我们的对话\n我的数据 — 查看为你保存的内容\n删除我的数据 — 全部删除\n"
        "赞 / 踩 — 评价上一个回答\n反馈 + 内容 — 把意见或投诉告诉运营者\n"
        "取消关注后，你的数据会自动删除。",
        "“帮助”的回答；要列出指令",
        "answer to 帮助; lists the commands",
    )
    not_found: str = _text(
        "这个我不知道。换一种问法试试？也可以发送“帮助”。",
        "资料里没有、也答不好时说的话",
        "said where neither notes nor model have an answer",
    )
    offered: str = _text(
        "您想问的是不是下面这些？点一下就好：",
        "不能肯定问的是什么时；下面列出最多三个题目的链接",
        "where it is not sure what was asked; up to three topics to tap follow",
        most_bytes=_SHORT_BYTES,
    )
    lacks: str = _text(
        "关于“{topic}”的这一点，我这里没有写到，不好乱说。",
        "资料里有这样东西，但没写到所问的这一点；{topic} 是它的名字",
        "the notes know a thing, but not what was asked of it; {topic} is its name",
        holes=("topic",),
        most_bytes=_SHORT_BYTES,
    )
    all: str = _text(
        "关于“{topic}”，我这里写到的就是这些了。",
        "问“还有呢”而没有更多时；{topic} 是话题",
        "asked for more where there is none; {topic} is what was told of",
        holes=("topic",),
        most_bytes=_SHORT_BYTES,
    )
    unclear: str = _text(
        "您说的是哪一样呢？请把名字也写给我，我再去查。",
        "问“它”怎么样，而不知道“它”是什么时",
        'asked about "it", and nothing that could be it',
        most_bytes=_SHORT_BYTES,
    )
    heard: str = _text(
        "好的，{said}，我知道了。",
        "对方介绍自己或家人时；{said} 是说的内容，如“您叫小林”",
        "somebody introduces himself or his family; {said} is what was said",
        holes=("said",),
        most_bytes=_SHORT_BYTES,
    )
    said: str = _text(
        "您说过：{said}。",
        "问起自己在这次对话里说过的事时；{said} 是说过的内容",
        "asked what he said of himself in this conversation; {said} is that",
        holes=("said",),
        most_bytes=_SHORT_BYTES,
    )
    not_said: str = _text(
        "我只看得到我们最近的几句话，里面没有这个。您再说一遍，我就知道了。",
        "问起自己说过的事，而最近的对话里没有时",
        "asked what he said of himself, and the turns that are kept do not hold it",
        most_bytes=_SHORT_BYTES,
    )
    listening: str = _text(
        "嗯，我在听。这方面我这里没有写到什么；想问别的，直接写给我就好。",
        "闲聊，资料里没有，模型也没说出合适的话",
        "small talk that neither notes nor model take up",
        most_bytes=_SHORT_BYTES,
    )
    suggested: str = _text(
        "也许您想看看：{links}",
        "没有答案时附上相近的题目；{links} 是链接",
        "near topics beside a reply without an answer; {links} are the links",
        holes=("links",),
        may_be_empty=True,
        most_bytes=_SHORT_BYTES,
    )
    quoted: str = _text(
        "古书里这样写：\n{quotation}",
        "书库的引文；{quotation} 是原文和出处",
        "a quotation of the library; {quotation} is text and citation",
        holes=("quotation",),
        most_bytes=_SHORT_BYTES,
    )
    source: str = _text(
        "上一个回答说的是“{topic}”，出自{source}。",
        "“出处”的回答；{topic} 是话题，{source} 是资料里写的来源",
        "answer to 出处; {topic} is what was told, {source} the note's own source",
        holes=("topic", "source"),
        most_bytes=_SHORT_BYTES,
    )
    own_notes: str = _text(
        "本号整理的资料",
        "资料没有写来源时，“出处”里的来源",
        "source in the answer to 出处 where the note names none",
        most_bytes=_SHORT_BYTES,
    )
    default: str = _text(
        "",
        "没有规则对上时的固定回复；留空则由资料和模型回答",
        "fixed reply where no rule matches; empty: the notes and the model answer",
        may_be_empty=True,
    )
    home: str = _text(
        "这里是{name}的微信公众号应答服务，由开源项目杏林（Xinglin）驱动。回答由AI生成。",
        "网站首页的一句话",
        "sentence on the site's home page",
    )
    busy: str = _text(
        "抱歉，系统这会儿有点忙，请过一两分钟再发一次。",
        "出故障时",
        "while something is broken",
        most_bytes=_SHORT_BYTES,
    )
    user_full: str = _text(
        "你前面的几个问题我还在想，请等我答完再问下一个。",
        "同一人排队的问题太多",
        "too many questions of one follower wait",
    )
    total_full: str = _text(
        "现在提问的人太多了，这一条我没能收下，请稍后再发一次。",
        "所有人排队的问题太多",
        "too many questions of all wait",
    )
    user_rate: str = _text(
        "你问得有点快，我跟不上了，这一条没有收下。请过{wait}再发。",
        "一个人问得太快；{wait} 是要等的时间",
        "one follower asks too fast; {wait} is the time to wait",
        holes=("wait",),
    )
    account_rate: str = _text(
        "现在提问的人太多了，这一条我没能收下，请过{wait}再发。",
        "大家问得太快",
        "all together ask too fast",
        holes=("wait",),
    )
    command_rate: str = _text(
        "指令发得太快了，请过{wait}再发。",
        "指令发得太快",
        "commands come too fast",
        holes=("wait",),
    )
    blocked: str = _text(
        "这句话里有我不能谈的内容，这一条没有收下。可以换个话题。",
        "问题里有屏蔽词",
        "a question holds a blocked word",
    )
    suspended: str = _text(
        "运营者暂停了你的提问权限，这一条没有收下。如有异议，请发送“投诉”加上你的说明；"
        "“我的数据”和“删除我的数据”仍然可用。遇到紧急情况请直接拨打 120。",
        "被停权的人提问时",
        "to a suspended follower",
    )
    paused: str = _text(
        "我正在检修，暂时不回答新的问题，这一条没有收下，请过一会儿再发。"
        "“我的数据”“删除我的数据”等指令仍然可用。遇到紧急情况请直接拨打 120。",
        "运营者暂停服务时",
        "while the operator takes no questions",
    )
    consent_asked: str = _text(
        "为了接着上文聊，也为了从你的赞和踩里学着答得更好，我想保存我们的对话；它可能涉及你的健康情况，属于敏感个人信息。"
        "到期自动删除，你也可以随时发送“删除我的数据”。回复“同意”或“不同意”。",
        "请求同意保存对话（XINGLIN_CONSENT）；须写明“同意”和“不同意”",
        "asks for consent (XINGLIN_CONSENT); has to name 同意 and 不同意",
    )
    consent_needed: str = _text(
        "在回答之前需要你的同意：你的问题和我的回答会被保存一段时间，可能涉及健康情况，"
        "属于敏感个人信息，只用于回答你和改进回答，到期自动删除，随时可发送“删除我的数据”。"
        "同意请回复“同意”，然后再发一次你的问题；不同意可以直接离开，什么都不会保存。"
        "遇到紧急情况请直接拨打 120。",
        "没有同意就不能回答时；须写明“同意”",
        "where consent comes first; has to name 同意",
    )
    agreed: str = _text(
        "好的，谢谢。你可以随时发送“不同意”撤回，或“删除我的数据”全部删除。直接写下你想问的就好。",
        "“同意”的回答",
        "answer to 同意",
    )
    disagreed: str = _text(
        "好的，已删除保存的对话，之后不再长期保存。", "“不同意”的回答", "answer to 不同意"
    )
    late: str = _text(
        "这个问题我还在想，[点这里看回答](继续)",
        "没来得及在 5 秒内答完；须有发送“继续”的链接",
        "no reply within 5 seconds; needs a link that sends 继续",
        taps="继续",
        most_bytes=_SHORT_BYTES,
    )
    pending: str = _text(
        "还没想好，请再等几秒，[点这里再看](继续)",
        "点了链接仍没答完；须有“继续”链接",
        "still none after a tap; needs the 继续 link",
        taps="继续",
        most_bytes=_SHORT_BYTES,
    )
    more: str = _text(
        "[点这里继续看](继续)",
        "长回答每页末尾；须有“继续”链接",
        "end of each page of a long reply; needs the 继续 link",
        taps="继续",
        most_bytes=_SHORT_BYTES,
    )
    unread: str = _text(
        "之前有一条回答没能送到你手上，[点这里看](继续)",
        "有旧回答没送到；须有“继续”链接",
        "an earlier reply was not shown; needs the 继续 link",
        taps="继续",
        most_bytes=_SHORT_BYTES,
    )
    nothing_more: str = _text(
        "没有更多内容了，想问什么直接写给我就好。", "“继续”却没有下文", "继续 with nothing left"
    )
    reset: str = _text("好的，之前的对话我都忘了，我们重新开始。", "“重置”的回答", "answer to 重置")
    erased: str = _text(
        "已删除为你保存的全部内容。", "“删除我的数据”的回答", "answer to 删除我的数据"
    )
    no_data: str = _text(
        "目前没有保存你的任何内容。", "“我的数据”却没有数据", "我的数据 where nothing is kept"
    )
    voted_up: str = _text("谢谢肯定！", "“赞”的回答", "answer to 赞")
    voted_down: str = _text(
        "谢谢告诉我，我会努力改进。想说得更细，可以发送“反馈”加上你的意见。",
        "“踩”的回答",
        "answer to 踩",
    )
    nothing_to_vote: str = _text(
        "还没有可以评价的新回答。", "没有可评价的回答", "no reply to vote on"
    )
    feedback_thanks: str = _text(
        "收到，谢谢你的反馈，运营者会看到。", "收到反馈或投诉", "feedback or a complaint came"
    )
    feedback_empty: str = _text(
        "请在“反馈”后面写上你的意见，例如：反馈 回答太长了。",
        "只发了“反馈”两个字",
        "反馈 without words",
    )
    complaint_unkept: str = _text(
        "听起来你想投诉。要让运营者看到，请发送“投诉”加上你的话，例如：投诉 等了一小时没人理。",
        "像是投诉，但还没有同意保存内容；须写明“投诉”",
        "sounds like a complaint, but nothing may be kept without consent; has to name 投诉",
        most_bytes=_SHORT_BYTES,
    )
    handover_started: str = _text(
        "好的，已经为你转人工，对方看到后会回复，我先不插话。不想等了就[回到机器人](结束人工)。",
        "转人工之后的一句话；须有发送“结束人工”的链接",
        "a person was called; needs a link that sends 结束人工",
        taps="结束人工",
        most_bytes=_SHORT_BYTES,
    )
    handover_tap: str = _text(
        "对方的回复要点一下才能看到：[看看有没有回复](继续)",
        "账号不能主动发消息时，接在上一句后面；须有“继续”链接",
        "behind it where the account may not send; needs the 继续 link",
        taps="继续",
        most_bytes=_SHORT_BYTES,
    )
    handover_unseen: str = _text(
        "你还没有同意保存内容，对方看不到你写的话；回复“同意”后再写，对方就能看到。",
        "没有同意保存时，接在上一句后面；须写明“同意”",
        "behind it without the follower's consent; has to name 同意",
        most_bytes=_SHORT_BYTES,
    )
    handover_waiting: str = _text(
        "还在等人工回复，请再等等。[看看有没有回复](继续)，或[回到机器人](结束人工)",
        "还在等人工时又问；须有“结束人工”链接",
        "asked again while a person is waited for; needs the 结束人工 link",
        taps="结束人工",
        most_bytes=_SHORT_BYTES,
    )
    handover_closed: str = _text(
        "现在没有人工值班（值班时间：{hours}）。你可以继续问我；要留言请发送“反馈”加上内容，运营者会看到。",
        "值班时间以外要人工；{hours} 是 [handover] 里的时间",
        "a person is wanted outside the hours of duty; {hours} are those of [handover]",
        holes=("hours",),
        most_bytes=_SHORT_BYTES,
    )
    handover_ended: str = _text(
        "好的，我回来了，想问什么直接写给我就好。",
        "人工结束，机器人回来",
        "the bot is back",
        most_bytes=_SHORT_BYTES,
    )
    handover_none: str = _text(
        "现在就是我在回答，没有转人工。想问什么直接写给我就好。",
        "没有转人工却要结束",
        "nothing to end",
        most_bytes=_SHORT_BYTES,
    )
    handover_missed: str = _text(
        "抱歉，人工一直没能回复，我先回来了。对方看到后仍可能回复你。",
        "等人工超时（只发给能主动发消息的账号的关注者）",
        "nobody came in time (where the account may send)",
        most_bytes=_SHORT_BYTES,
    )
    handover_offered: str = _text(
        "要不要问问真人？[转人工](转人工)",
        '没有答案时附上（on_unanswered = "offer"）；须有“转人工”链接',
        'beside a reply without an answer (on_unanswered = "offer"); needs the 转人工 link',
        taps="转人工",
        most_bytes=_SHORT_BYTES,
    )
    failed: str = _text(
        "抱歉，这条消息我处理不了，请换一种说法。",
        "试了几次仍处理不了的消息",
        "a message that could not be handled",
    )
    empty: str = _text(
        "你好像发了一条空消息，想问什么直接写给我就好。", "空消息", "an empty message"
    )
    sticker: str = _text(
        "收到你的表情啦。我只看得懂文字，想问什么直接写给我就好。",
        "表情；留空则不回复（图片、语音等也一样）",
        "stickers; empty: no reply (so too for the kinds below)",
        may_be_empty=True,
    )
    voice: str = _text(
        "我听不到语音，请打字告诉我。",
        "没有识别文字的语音",
        "voice without recognition",
        may_be_empty=True,
    )
    image: str = _text(
        "我还看不懂图片，请用文字告诉我你想了解什么。", "图片", "pictures", may_be_empty=True
    )
    video: str = _text(
        "我还看不了视频，请用文字告诉我你想了解什么。", "视频", "videos", may_be_empty=True
    )
    location: str = _text(
        "收到位置了。我只看得懂文字，请用文字提问。", "位置", "places", may_be_empty=True
    )
    link: str = _text(
        "我打不开链接，请把想问的内容用文字发给我。", "链接", "links", may_be_empty=True
    )
    other: str = _text(
        "这种消息我还看不懂，请用文字提问。", "其他类型的消息", "other kinds", may_be_empty=True
    )

    def of_kind(self, kind: str) -> str:
        """Return what is said about a message without words, by its kind."""
        name = "video" if kind == "shortvideo" else kind
        if name not in ("voice", "image", "video", "location", "link"):
            name = "other"
        return str(getattr(self, name))


def text_specs() -> tuple[TextSpec, ...]:
    """Return the rules of every text, in the order of the file."""
    return tuple(TextSpec(key=item.name, **item.metadata) for item in fields(Texts))
