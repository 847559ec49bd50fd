"""Forms by which a text says itself how it goes on from the turn before."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MORE_THINGS = "(?:别的|其他的?|其它的?|更多的?|什么|哪些|啥)"
_WAYS = "(?:办法|法子|方法|招|说法|讲究|建议|要注意的|补充的?|信息|内容)"
_MORE = re.compile(
    "(?:嗯|哦|好的?|那|除了这[个些])?，?(?:"
    f"还有(?:吗|没有?)?{_MORE_THINGS}?{_WAYS}?|有没有{_MORE_THINGS}{_WAYS}?|{_MORE_THINGS}{_WAYS}?|然后|接下来|"
    "继续(?:说|讲)?|接着(?:说|讲)|再(?:多?说|多?讲)(?:说|讲)?(?:点|些|一点|一些|几句)?|再详细(?:点|些)|"
    "(?:能)?(?:详细|具体)(?:点|些|一点|说说|讲讲|说一下|介绍一下)|多(?:说|讲)(?:点|些|几句)|展开(?:说说|讲讲)?"
    ")(?:呢|吗|么|吧|不|没有?|呀|啊|呗)?[？?。！!]?"
)
_WHICH = re.compile(
    "(?:那|它们?)?(?:分别|各自?|都)?[是有](?:什么|哪些|哪几[味个种样]|啥)[呢呀啊]?[？?。]?"
)
_OTHER = re.compile(
    "(?:(?P<led>那么?|换成|要是|如果是|如果换成|至于|还有)，?)?(?P<name>.{1,8}?)(?P<ends>呢|怎么样|如何)?[呀啊]?[？?。]?"
)
_NO_NAME = re.compile("[它他她这那什么怎哪谁几为吗不没我你您]|多少|可以|需要|应该|以后|之后|时候")
_WITH = re.compile(
    "(?:那|它|这个)?，?(?:和|跟|与|同|比起?|相比)(?P<name>[^，。？?和跟与比]{1,8}?)(?:比一?比?|相比|比较|比起来|放一起|之间)?，?"
    "(?:呢|(?:有|是)?(?:什么|啥|何|哪些)?(?:区别|不同|不一样|差别|分别|两样|差)(?:的地方|之处)?(?:在哪里?|是什么|呢|吗)?|一样吗|是一回事吗|"
    "(?:哪个|谁)(?:更|比较)?(?:好|强|厉害|管用).{0,2}|怎么(?:样|选|区分|分))[呀啊]?[？?。]?"
)
_COMPARES = re.compile(
    "区别|不同|不一样|差别|分别|相比|对比|比一比|哪个(?:更|比较)?好|差在哪|怎么(?:选|区分)|.和.*比呢?$"
)
_IT = re.compile(
    "它们?|这(?:味|个|种)?(?:中?药|方子?|东西)|那(?:味|个|种)(?:中?药|方子?|东西)|此[药方物]"
)
_GENERIC = re.compile(
    "(?:那|这)?(?:是|都是|到底|又)?(?:为什么|为啥|怎么办|咋办|怎么回事|咋回事|什么原因|什么意思|怎么说|怎么讲|怎么理解|怎么解释|什么道理|怎么引起的?|"
    "古人(?:怎么|是怎么|如何)(?:说|看|讲|解释|认为|理解)的?|中医(?:怎么|是怎么|如何)(?:说|看|讲|解释|认为|理解)的?|怎么会(?:这样)?|为什么会?这样|为啥会?这样|"
    "原因(?:是什么|呢)?|该?怎么(?:做|处理|调理|缓解|改善)(?:好|才好)?|要注意(?:什么|啥)|有什么(?:表现|症状)|会?有?(?:什么|哪些)(?:表现|症状)|怎么看出来|怎么判断)"
    "(?:呢|呀|啊|吗|好)?[？?。]?"
)
_WHO = "(?:谁|哪些人|什么(?:样的)?人|哪种人).{0,4}"
_TIME = "[0-9一二三四五六七八九十]+(?:年|点|天|月|小时|分钟|周|日)|[春夏秋冬]天?|代|时"
# An aspect that a question asks for, and the words of a text that tells of it.
_ASPECTS = tuple(
    (re.compile(asked), re.compile(told))
    for asked, told in (
        (f"{_WHO}(?:不|别|慎|忌)", "不宜|不能|不适合|不可|不要|慎|忌|避|先问"),
        (f"{_WHO}(?:能|可以|适合|宜)", "适合|宜|可以|能"),
        ("谁(?:写|著|编|撰|创|发明|提出)|作者|哪位|哪个人", "写|著|编|撰|创|提出|作者"),
        ("什么时候|哪一?年|何时|几点|多久|朝代|哪个时代", _TIME),
        ("为什么|为啥|怎么会|何以|凭什么", "为什么|为啥|因|所以|由于|故|得名|才|于是|取"),
        ("多少钱|价格|贵|便宜|收费|要钱|几块", "元|块|免费|￥|¥"),
        ("毒|安全|副作用", "毒|安全"),
        ("味道|什么味|苦|甜|辣", "味|苦|甜|甘|辛|辣|酸|咸"),
        ("在哪|哪里|什么地方|什么位置|怎么找", "在|处|旁|边|里|上|下"),
    )
)  # fmt: skip
# Matters of which a text without such words surely tells nothing.
_MATTERS = tuple(
    (re.compile(asked), re.compile(told))
    for asked, told in (
        ("多少钱|价格|价钱|市场价|费用|几块钱|贵不贵", "元|钱|价|贵|便宜|费用|收费|免费"),
        ("工资|薪|挣多少|能赚|收入", "元|钱|工资|薪"),
        ("(?:什么|啥|哪个|哪种)牌子?好?|品牌|厂家|哪个厂|哪家(?:厂|公司)", "牌|厂|公司"),
        ("怎么(?:种|栽|养殖)|种植|栽培|种在|种子|扦插|施肥|肥料|育苗|一亩", "种|栽|肥|苗|亩"),
        ("哪里?买|在哪买|哪儿买|去哪买|哪里?有卖|(?:附近|这边|那边)有", "买|卖|店|铺"),
        ("英文|英语|拉丁|学名|日语|韩国|日本|外国|国外|化学式", "英|拉丁|学名|日|韩|国外?|化学"),
        ("狗|猫|宠物|仓鼠", "狗|猫|宠物|仓鼠|动物|兽"),
    )
)  # fmt: skip
_QUESTION = re.compile("[吗呢？?]|什么|啥|怎|如何|哪|几|多少|多久|谁|是不是|会不会|能")
_FRAME = re.compile(
    "意思|意义|含义|好处|坏处|叫做?|名叫|称为|管|回事|一样|怎么样|介绍|谁说|哪本书|历史|来历|由来|分类|种类|主要|作用|用处|用途|功效|功能|贡献|影响|"
    "区别|不同|差别|差|关系|重要|请问|古人|古代|中医|书里|里面|里头|调理|缓解|改善|防止|预防|特点|讲究|道理|原因|表现|症状|办法|方法|治疗?|药性|帮助|真的|到底|平时|一般|"
    "长期|天天|每天|经常|可不可以|适合|合适|位置|穴位|地方|你们|我们|他们|咱们|注意|知识|故事|怎么办|东西|情况|问题|味道?|性|安全|人|养生|[吃喝泡煮炖用好水]"
)
_ASKS = re.compile(
    "什么|怎么|怎样|如何|为什么|为啥|哪[里些个种位]?|多少|几|吗|呢|吧|呀|啊|有没有|能不能|可不可以|是不是|会不会|要不要|有|能|会|是|的|了|"
    "可以|需要|应该|要|用|我|你|您|它们?|这个?|那个?|都|还|也|就|又|再|和|跟|在|把|被|给|得|着|过|很|太|请|一下|一|啥|咋|那么?|说|讲|东西|"
    r"[\W_]+"
)


def asks_more(text: str) -> bool:
    """Return whether a text asks for more of the same: 还有呢, 再说说."""
    return _MORE.fullmatch(text) is not None


def asks_which(text: str) -> bool:
    """Return whether a text asks for the parts of what was told: 分别是什么."""
    return _WHICH.fullmatch(text) is not None


def another(text: str) -> str:
    """Return the thing that a text puts in the last one's place: 当归 of 那当归呢; "" for none."""
    found = _OTHER.fullmatch(text)
    if found is None or not (found["led"] or found["ends"]) or _NO_NAME.search(found["name"]):
        return ""
    return found["name"]


def compared_with(text: str) -> str:
    """Return what the last subject is to be compared with: 黄芩 of 和黄芩比呢; "" for nothing."""
    found = _WITH.fullmatch(text)
    return found["name"] if found is not None else ""


def compares(text: str) -> bool:
    """Return whether a text asks how two things differ."""
    return _COMPARES.search(text) is not None


def says_it(text: str) -> bool:
    """Return whether a text speaks of something by a pronoun alone."""
    return _IT.search(text) is not None


def is_generic(text: str) -> bool:
    """Return whether a text may be asked of anything: 为什么, 怎么办."""
    return _GENERIC.fullmatch(text) is not None


def tells_of_it(told: str, question: str) -> bool:
    """Return whether a text that was told about the subject has what is now asked of it."""
    if is_generic(question):
        return True
    for asked, words in _ASPECTS:
        if asked.search(question):
            return words.search(told) is not None
    pieces = content_pieces(question)
    return sum(one in told for one in pieces) * 2 >= len(pieces)


def lacks_aspect(told: str, question: str) -> bool:
    """Return whether a text has no words for an aspect that a question asks for."""
    return any(asked.search(question) and not words.search(told) for asked, words in _ASPECTS)


def is_beside_the_matter(told: str, question: str) -> bool:
    """Return whether a question is about a matter of which a text has no word."""
    return any(asked.search(question) and not words.search(told) for asked, words in _MATTERS)


def has_no_word_of_it(told: str, question: str, names: Iterable[str]) -> bool:
    """Return whether a text has no character of what a question asks of the things it names.

    四君子汤的热量 is asked of a note that knows 四君子汤 and nothing of 热量. False where nothing
    is named, nothing is asked, or what is asked may be asked of anything (好处, 意思).
    """
    rest = question
    for name in sorted(filter(None, names), key=len, reverse=True):
        rest = rest.replace(name, "，")
    if rest == question or not _QUESTION.search(question):
        return False
    asked = {one for piece in content_pieces(_FRAME.sub("，", rest)) for one in piece}
    asked = {one for one in asked if "\u4e00" <= one <= "\u9fff"}
    return len(asked) > 1 and not asked & set(told)


def content_pieces(question: str) -> list[str]:
    """Return the pairs of characters of a question's words that are more than its frame.

    A word of one character counts by itself.
    """
    parts = _ASKS.sub(" ", _IT.sub(" ", question)).split()
    return [part[at : at + 2] for part in parts for at in range(max(1, len(part) - 1))]
