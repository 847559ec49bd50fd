"""Facts about a body that still count in the turns after."""

from __future__ import annotations

import re
from typing import Literal, get_args

from xinglin.safety.hearing import Heard, hear

Fact = Literal["pregnancy", "infant", "illness", "medicine"]
FACTS: tuple[Fact, ...] = get_args(Fact)

_NUMBER = "[0-9一二三四五六七八九十两半几多个]{1,4}"
_CHILD = "孩子|小孩|小朋友|娃|儿子|女儿|闺女|孙子|孙女|外甥|侄|妹妹仔|细路|bb|小家伙"
_WHO = "我|俺|咱|爸|妈|爹|娘|爷|奶|公公|婆婆|外公|外婆|姥|老伴|老公|老婆|老人|家人|朋友|同事|他|她|佢|患者|病人|本人"
_ILLNESS = (
    "高血压|血压(?:偏)?高|低血压|糖尿病|血糖(?:偏)?高|心脏(?:病|不好|不太好|搭桥|支架)|冠心病|心衰|心律|房颤|早搏|肾(?:病|衰|不好|功能)|尿毒症|"
    "肝(?:炎|硬化|病|不好|功能)|癌|肿瘤|白血病|痛风|甲亢|甲减|哮喘|慢阻肺|肺气肿|癫痫|中风(?:后|过)|脑梗|脑出血|胃溃疡|胃出血|贫血|支架|搭桥|"
    "透析|手术|化疗|放疗|抑郁症|红斑狼疮|蚕豆病|血友病|血小板低|器官移植|过敏体质|青光眼|前列腺"
)
_MEDICINE = (
    "降压药|降糖药|二甲双胍|胰岛素|阿司匹林|华法林|氯吡格雷|抗凝药|他汀|激素|抗生素|头孢|阿莫西林|避孕药|安眠药|抗抑郁药|抗癌药|靶向药|"
    "优甲乐|地高辛|利尿药|西药|感冒药|止痛药|布洛芬|免疫抑制剂"
)
_FACTS: dict[Fact, re.Pattern[str]] = {
    "pregnancy": re.compile(
        "怀孕|孕妇|孕妈|(?:查出来?|刚)有了|有喜|有孕|身孕|怀(?:了|上|着|起)(?!疑|念|恨|里)|怀(?:二|头|三)胎|双胞胎|孕(?:早|中|晚|期|[0-9一二三四五六七八九十])|"
        "妊娠(?!恶阻)|两(?:道|条)杠|验孕|备孕|(?:准备|想|打算)(?:要|怀)(?:个)?(?:孩子|宝宝|娃|二胎)|哺乳|喂(?:着)?奶|母乳|坐月子|月子里|"
        "产后|刚生完|生完(?:孩子|宝宝|娃)|肚子?里有|准妈妈|大肚(?:子|婆)|双身子|有咗|预产期|保胎|胎动|例假推迟|大姨妈(?:没来|推迟)|"
        "pregnan|breastfeed|huaiyun"
    ),
    "infant": re.compile(
        "宝宝|婴儿|新生儿|婴幼儿|幼儿|奶娃|(?:刚)?满月|百天|早产|"
        f"(?:{_CHILD}).{{0,6}}{_NUMBER}(?:岁|个月|月大|周|天)|{_NUMBER}(?:岁半?|个半?月|周岁)(?:大)?的?.{{0,3}}(?:{_CHILD})|"
        f"(?:{_CHILD}).{{0,8}}(?:发烧|发热|咳|拉肚|腹泻|积食|感冒|生病|不舒服|吐|疹|过敏|肚子|鼻涕|便秘|不吃饭|夜哭)|"
        "baby|newborn|infant|toddler|(?:month|year)sold|baobao"
    ),
    "illness": re.compile(
        f"(?:{_WHO}|有|得了?|患|查出|是).{{0,10}}(?:{_ILLNESS})|^(?:{_ILLNESS})$|diabet|hypertens"
    ),
    "medicine": re.compile(
        f"(?:吃|服|用|打|喝|开|停|正在|一直).{{0,6}}(?:{_MEDICINE})|(?:在|正|天天|长期|每天)(?:吃|服|用).{{0,4}}药|(?:{_MEDICINE}).{{0,4}}(?:吃|服|用)着|"
        "warfarin|aspirin|insulin|metformin"
    ),
}
_OF_WORDS = re.compile("是什么意思|什么叫|怎么理解|古人|古书|古籍|出自|为什么叫|由来|条文")
_DO = "吃|喝|服|用|泡|贴|敷|抹|涂|补|炖|煮|试|灸|针灸|艾灸|拔罐|刮痧|推拿|按摩|泡脚|扎针|喂"
_MAY = "能|可以|可否|可唔可以|要不要|该不该|适合|合适|适不适合|敢|得唔得|好不好|行不行|宜不宜"
_TAKING = re.compile(
    f"(?:{_MAY}).{{0,12}}(?:{_DO})|(?:{_DO}).{{0,14}}(?:吗|行不|可以|好不好|合适|适合|怎么样|好吗|成吗|呢|不$|如何|没事|妨|得唔得|食得|安全|有用|管用)|"
    "(?:吃|喝|用|补)(?:点|些)?(?:什么|啥|哪)|食咩|食得|饮得|(?:想|打算|准备)(?:要|再)?(?:吃|喝|服|用|试|补|泡|煮|敷)|"
    "(?:加|配|换|改|停)(?:点|些|上|成|了|掉)?.{1,8}(?:行|成|好|可以|合适)(?:吗|不|么)|"
    "^(?!你|您|然后|后来|还有|为什么|那|这|谁|天气|我|结果|今天|明天|别的|再).{1,12}(?:呢|行吗|可以吗|好吗|怎么样|行不行|可以不|成不|ok吗|得唔得|安全吗|合适吗|能行吗)$"
)
_TAKING_ENGLISH = re.compile(
    " (?:can|could|may|should|safe|okay|ok|what about|how about|is it) .{0,60}"
)
_NO_TAKING = re.compile(
    "课|手工|培训|研学|讲座|礼物|这家店|哪家|学(?:中医|针灸|推拿|太极|八段锦|画|书法)|由什么|由哪|组成|治什么|主治|出自|是谁|故事|传说|产地|性味|归经|归什么|几味|哪本|写首|笑话"
)


def facts_in(text: str) -> frozenset[Fact]:
    """Return what a text says of a body; questions about words say nothing."""
    heard = hear(text)
    plain = heard.plain
    if _OF_WORDS.search(plain):
        return frozenset()
    joined = plain + "".join(heard.words.split())
    return frozenset(fact for fact, pattern in _FACTS.items() if pattern.search(joined))


def asks_about_taking(heard: Heard) -> bool:
    """Return whether a text asks whether something may be taken or done."""
    if _NO_TAKING.search(heard.plain):
        return False
    if heard.english:
        return bool(_TAKING_ENGLISH.search(heard.words))
    return bool(_TAKING.search(heard.plain))
