"""Questions about words, books and stories, which may name a danger without meaning one.

Only such a question is excused. What happened to somebody never is, whichever book it was taken
from: `奶奶照着古书的方子喝药后昏迷了`.
"""

from __future__ import annotations

import re

from xinglin.safety.english import ABOUT_WORDS, SOMEBODY
from xinglin.safety.hearing import Heard

_STUDY = re.compile(
    "是什么意思|什么意思|一个意思|一回事|的意思|怎么解释|如何解释|何解|怎么读|怎么写|怎么理解|如何理解|出自|原文|条文|古人|古书|古籍|古文|古代|医书|典籍|"
    "经典|内经|素问|灵枢|伤寒论|金匮|本草|千金方|温病条辨|难经|脉经|历史|典故|由来|来历|词源|为什么叫|叫什么名|名称|怎么论|怎么看待|"
    "如何论述|有什么论述|辨证|方剂|汤头|病名|成语|造句|几种证|怎么分类|怎么分型|是谁写|谁的方|里有什么|组成|治什么|主治|功效|性味|归经|产地|区别|故事|等于多少|合多少"
)
_STORY = re.compile(
    "电视剧|电影|影片|悬疑|女主(?!播|人|任|管)|男主(?!播|人|任|管)|主角|反派|大结局|第[0-9一二三四五六七八九十]{1,3}[集关]|(?:这|上一|下一|通|闯)关(?!头|系|键|心|在)|boss|番剧|韩剧|短剧|漫画|剧里|哪部|这部剧|那部剧|小说|歌词|这首歌|哪首歌|什么歌|歌名|游戏|剧情|台词|动漫|综艺|段子|童话|绕口令|花语|电视里|新闻里|皇帝|诗人|作家|历史上|成语|造句|近义词|反义词|典故|"
    "红楼|水浒|三国|西游|甄嬛|白蛇|屈原|项羽|林黛玉|武大郎|潘金莲|白雪公主|华佗|扁鹊|曹操|关公|关羽|诸葛|拿破仑|梵高|海明威|秦始皇|"
    "魏晋|葛洪|神农|李时珍|孙思邈|张仲景|杜十娘|孟姜女|窦娥|荆轲|虞姬|苏格拉底|罗密欧|海子|三毛|祥林嫂|武则天|周瑜|武松|妆"
)
_KIN = (
    "我(?!们(中医|古)|国)|俺|咱(?!们中医)|爸|妈(?!祖)|爹|娘(?!娘|子)|爷|奶(?!茶|牛)|婆婆|公公|外公|外婆|姥|舅|姨|姑姑|姑妈|叔|大伯|伯父|嫂|"
    "哥|弟弟|我弟|姐|妹|老伴|老头|老爷子|老太|老人|老汉|老公|老婆|丈夫|媳妇|孩子|小孩|宝宝|娃|婴儿|儿子|女儿|孙子|孙女|外甥|侄|"
    "朋友|闺蜜|同事|同学|邻居|室友|房东|客人|老乡|工友|佢|阿嫲"
)
_EVENT = re.compile(
    f"{_KIN}|你说我|抓药|家里|刚才|刚刚|现在(?!的|人|医|叫|说|称|中医|所|还)|今天|今早|今晚|昨|前天|半夜|突然|忽然|这会儿|已经|正在|怎么办|"
    "咋办|点算|救(?!荒|逆)|急(?!性|症|下|黄|惊|救)|要不要紧|要紧吗|严重吗|吃什么|用什么|能不能吃|可以吃|能吃吗|能喝吗|可以喝|了吗|疼得|痛得|"
    "(?:喝|吃|服|用|喂|敷|抹|泡|煮|炖|煎|吞|试|配|抓)(?:了|完|过|下去|咗|错)|(?:之|以)后|"
    "(?:药|方|汤|酒|水|丸|散|完|下)后|后(?:就|开始|一直|又|人|心|嘴|手|脚|头|肚|全身|浑身|舌|昏|晕|吐|抽|呼)|"
    "(?:照|按)(?:着|照)?.{0,10}(?:喝|吃|服|用|泡|煮|炖|喂|抓|配|煎|敷|治|做)|"
    "怎么(?:用|做|弄|配|吃|喝|服)|哪里(?:能)?买|(?:倒|晕|昏|吐|抽|泻|拉|肿|麻)了(?!解)|过去了|不停|不止了|晕倒在"
)
_ERRAND = re.compile(
    "地址|电话|几点|营业|开门|关门|打烊|快递|包邮|发货|寄到|配送|外卖|发票|预约|预订|订位|挂号|停车|怎么走|地铁|菜单|茶单|价格|多少钱|几块|优惠|"
    "折扣|团购|会员|积分|退款|退货|付款|支付|店里|进店|门店|分店|你们店|贵店|你们家|服务员|包间|座位|儿童椅|热饮|冷饮|少冰|无糖|打包|"
    "新品|招牌|送错|送货|派送|物流|客服|差评|投诉|举报|wifi|礼盒|礼物|门票|讲座|报名|课程|场馆|进场|餐具|排队|宝宝椅"
)
_KITCHEN = re.compile(
    "(?:盐|冰糖|白糖|红糖|放糖|勺糖|醋|酱油|料酒|面粉|鸡蛋|米饭|煮饭|一碗米|炖梨|梨汤|面条|一碗面|饺子|蛋糕|馒头|粥|银耳|绿豆汤|酸梅汤|排骨|炖鸡|炖肉|炒菜|火锅|奶茶|咖啡|豆浆|腌)"
)
_JAM = re.compile(
    "(?:思维|思路|灵感|剧情|进度|系统|程序|网页|视频|画面|游戏|电脑|手机|键盘|抽屉|拉链|打印机)(?:又|都|老|总|被|突然)?(?:卡|堵)"
)
_EMERGENCY = re.compile(
    "死|痛|疼|血|毒|晕|昏|吐|烧(?!烤|饼|麦)|烫|喘|抽|肿|咬|摔|救|药(?!店|房|铺|材|膳|茶)|能(?:不能)?(?:吃|喝)|可以(?:吃|喝)|咳|疹|拉"
)
_ME = re.compile("人生|这辈子|我|俺|想(?!象)|今晚|救|怎么(?:死|做|办)|不疼|不痛|帮|教")


def is_about_words(heard: Heard) -> bool:
    """Return whether a message asks about words or books, and of nobody's body."""
    if heard.english:
        return bool(ABOUT_WORDS.search(heard.words)) and not SOMEBODY.search(heard.words)
    if _EVENT.search(heard.plain):
        return False
    return bool(_STUDY.search(heard.plain) or _STORY.search(heard.plain))


def is_an_errand(heard: Heard) -> bool:
    """Return whether a message asks after a shop or a course, or complains of one, and of no harm."""
    return bool(_ERRAND.search(heard.plain)) and not _EMERGENCY.search(heard.plain)


def is_a_jam(heard: Heard) -> bool:
    """Return whether what is stuck is a thought or a machine."""
    return bool(_JAM.search(heard.plain))


def is_cooking(heard: Heard) -> bool:
    """Return whether a message speaks of a kitchen."""
    return bool(_KITCHEN.search(heard.plain))


def is_about_a_story(heard: Heard) -> bool:
    """Return whether a message speaks of a film, a song or a figure of history, and of no wish."""
    return bool(_STORY.search(heard.plain)) and not _ME.search(heard.plain)
