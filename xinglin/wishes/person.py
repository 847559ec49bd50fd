"""A wish for a person, or for the bot again: whole messages of a small grammar, and sure phrases."""

from __future__ import annotations

import re
from collections.abc import Iterable

from xinglin.normal import compact, normal_form
from xinglin.wishes.parts import PARTS

_SHORT = 24

_PERSON = "(?:人工(?:客服|服务|坐席|座席|台)?|真人(?:客服|服务)?|活人|(?:在线)?客服(?:人员|小姐姐|小哥|经理|专员)?|专人|工作人员)"
_HEADS = "(?:老板|店长|负责人|经理|管理员|运营者?|主管|领导|店主|店家)"
_ASK = (
    "(?:你好|您好|麻烦|请|帮我?|给我|能不能|能否|可不可以|可以|可否|能|我们?|还是|就|快点?|赶紧|直接|立刻|马上|想要?|需要|要求|要|得|"
    "有没有|有|怎么|如何|怎样|哪里|在哪|去哪)*"
)
_REACH = "(?:转接?|接通?|接入|切换?|换|找|叫|喊|请|联系|呼叫|连线?|派|安排|求助?|咨询|要)"
_ONE = "(?:一?[个位名]|一下|到|给|成|为|你们的?|贵店的?|的|下)*"
_TAIL_WORDS = (
    "(?:吧|呗|谢谢|谢|好吗|吗|么|嘛|呢|啊|呀|啦|了|行吗|行不行|可以吗|好不好|一下|急|在线|在吗|在不在|在|来|出来|过来|接一?下?|"
    "跟我|和我|帮我?|给我|回答|回复|处理|解决|服务|聊聊?|聊天|说话?|说|谈谈?|沟通|对话|讲)*"
)
_WHOLE = re.compile(f"{_ASK}(?:(?:{_REACH}{_ONE})*{_PERSON}|{_REACH}{_ONE}{_HEADS}){_TAIL_WORDS}")
_ENDED = "(?=[吧呗啊呀啦了来帮回处解说聊谈好行可谢给跟和，。！？、 ]|$)"
_REACHED = re.compile(
    f"(?:转接?|接入|接通|切换?|换|找|叫|联系|呼叫|连线|派|安排)(?:一?[个位名]|一下|到|给|成|你们的?)*"
    f"(?:人工(?:(?:客服|服务|坐席|座席|台)|{_ENDED})|真人(?!秀|版)|活人|客服(?!电话|号码|热线|微信|小妹))"
)
_TALK = re.compile(
    f"[跟和与同](?:一?[个位名]|你们的?|真正的)*(?:{_PERSON}|{_HEADS}|人)(?:直接|好好|当面)?(?:说|聊|谈|讲|沟通|对话|交流|反映)|"
    "(?:不想|不要|别|懒得)再?[跟和同]?(?:你们?这?个?|这个?)?机器人?(?:说|聊|废话|啰嗦|交流|沟通|回)|"
    "(?:别|不要|不想)(?:用|让|拿|看)?机器人(?:回|来|敷衍|糊弄|打发)|换个?(?:真|活)?人(?:来|跟|和|说|回|答|聊|吧)|"
    "有没有(?:真人|活人|人工)|有(?:真人|活人|人工)(?:客服|服务)?[吗么嘛]"
)
_REFUSED = re.compile(
    f"(?:不用|不要|不需要|不想|不必|别|没必要|无需)(?:再|给我|帮我|去)?(?:{_REACH}{_ONE})?{_PERSON}"
)
_ENGLISH_PERSON = re.compile(
    r"\b(?:human|real person|live agent|agent|representative|operator|customer (?:service|support))\b"
)
_ENGLISH_ASKS = re.compile(r"\b(?:talk|speak|chat|connect|transfer|need|want|get|give|please)\b")

# The bot again.

_BOT = re.compile(
    f"我?(?:要|想|请)?(?:结束|退出|取消|关闭|停止|断开)(?:{_PERSON}|对话|会话|转接|等待)(?:对话|会话|服务)?了?吧?|"
    "(?:不用|不要|不需要|不找|不转|不必)(?:再)?(?:转|找|等)?(?:人工|真人|客服|人)(?:客服|服务)?了吧?|"
    "(?:那|还是|我|要|想|请|就|继续|重新|可以|让|叫|换|切|转|回|到|成|去|跟|和|同|找|用|由|给|你们?的?)*"
    "(?:机器人|小助手|智能助手|ai助手|ai)(?:继续|接着|来|跟我|和我|给我|回来|回答|回复|聊聊?|聊天|说话?|服务|吧|好了|就行|也行|了)*"
)
_BOT_VERB = re.compile(
    "继续|还是|重新|让|叫|换|切|转|回|跟|和|同|找|用|由|接着|来|结束|退出|取消|关闭|停止|断开|不"
)
_GIVES_UP = frozenset(
    {
        "不等了",
        "算了",
        "算了不等了",
        "不等了算了",
        "不用等了",
        "不找了",
        "算了不找了",
        "你回来吧",
        "你来回答吧",
        "还是你来吧",
        "还是你说吧",
    }
)


def wants_bot(plain: str, *, taken_over: bool) -> bool:
    """Return whether a message, as letters and digits, asks for the bot again."""
    if taken_over and plain in _GIVES_UP:
        return True
    return bool(
        len(plain) <= _SHORT and _BOT.fullmatch(plain) and (taken_over or _BOT_VERB.search(plain))
    )


def wants_person(shown: str, plain: str, names: Iterable[str]) -> bool:
    """Return whether a message, as written and as letters and digits, asks for a person."""
    if shown.isascii():
        words = shown.lower()
        return bool(_ENGLISH_PERSON.search(words) and _ENGLISH_ASKS.search(words))
    if _REFUSED.search(plain):
        return False
    asked = compact(normal_form(shown))
    if len(asked) <= _SHORT and (_WHOLE.fullmatch(asked) or _WHOLE.fullmatch(plain)):
        return True
    if _TALK.search(plain) or any(_calls(name, plain) for name in names):
        return True
    return bool(_REACHED.search(shown)) and not PARTS["study"].search(shown)


def _calls(name: str, plain: str) -> bool:
    """Return whether a message calls somebody by name, or is the name alone."""
    called = compact(name)
    if plain == called:
        return True
    at = plain.find(called)
    if at < 0:
        return False
    before, after = plain[max(0, at - 8) : at], plain[at + len(called) :]
    if not re.fullmatch(_TAIL_WORDS, after) or before == "我叫":
        return False
    return not before or bool(re.search(f"(?:{_REACH}|跟|和|同){_ONE}$", before))
