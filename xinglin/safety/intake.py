"""Lexicon of what is taken in and no food: household goods, medicines, plants, bad air.

A substance alone says nothing (`樟脑丸放几颗`); it counts with a verb of taking in that has happened, with
what came of it, or with the question of what to do now.
"""

from __future__ import annotations

import re
from functools import cache

from xinglin.normal import syllable
from xinglin.safety.hearing import Heard

_HARSH = (
    "洁厕|清洁剂|清洁液|马桶(?:清洁|净)|消毒(?:液|水|片|剂|粉)|(?<![0-9])84(?![0-9])|八四|漂白|次氯酸|双氧水|洗洁精|洗涤|洗衣|凝珠|肥皂水|洗手液|洗发水|"
    "沐浴露|柔顺剂|去污|油污净|除垢|除锈|疏通剂|管道通|干燥剂|石灰|脱氧剂|防潮剂|樟脑|卫生球|防蛀|水银|体温[计表]|温度计|汞|电池|磁力?珠|巴克球|"
    "水晶泥|泡大珠|水宝宝|胶水|502|强力胶|油漆|涂料|乳胶漆|稀释剂|稀料|天那水|香蕉水|松节油|汽油|柴油|煤油|机油|(?:医用|工业|消毒|燃料|75)酒精|"
    "酒精(?!饮|度|含|浓|过敏|味)|甲醇|甲醛|丙酮|防冻液|玻璃水|冷却液|刹车油|电瓶水|电解液|硫酸|盐酸|硝酸|烧碱|火碱|草酸|氨水|鼠药|毒鼠|耗子药|灭鼠|"
    "蟑螂[药胶粉饵]|杀虫|灭蚊|蚊香|驱蚊|蚂蚁药|花露水|风油精|清凉油|白花油|红花油|活络油|正骨水|碘酒|碘伏|高锰酸钾|敌敌畏|百草枯|草甘膦|敌草快|农药|"
    "除草剂|乐果|有机磷|杀菌剂|菊酯|化肥|花肥|营养液|指甲油|卸甲|洗甲|香水|染发|烫发|脱毛膏|烟头|烟油|烟丝|尼古丁|颜料|墨水|荧光棒|暖宝宝|发热包|"
    "冰袋|干冰|灯油|香薰|精油|樟油|蜡水|洗车|融雪剂|亚硝酸|砒霜|氰化|水垢净|柠檬酸除|空气清新|爽身粉|隐形眼镜液|护理液|假酒|工业盐|毒药|老鼠屎"
)
_PLANTS = (
    "野蘑菇|毒蘑菇|野生菌|野菌|毒菌|(?:山上|地里|林子里|草地|树下|路边|自己)采的?(?:蘑菇|菌)|夹竹桃|滴水观音|海芋|曼陀罗|洋金花|断肠草|钩吻|蓖麻|水仙|"
    "郁金香|万年青|绿萝|龟背竹|一品红|相思[豆子]|红豆杉|铃兰|乌头|生附子|草乌|川乌|一枝蒿|马钱子|商陆|天南星|生半夏|毒芹|苍耳|蟾蜍|癞蛤蟆|鱼胆|织纹螺|"
    "羊角拗|海檬果|见血封喉|博落回|八角枫|莽草|颠茄|龙葵|五色梅|杜鹃花|黄蝉|天堂鸟|常春藤|彼岸花|风信子|牵牛花籽|牵牛子|巴豆|雷公藤|桐油|桐子|麻疯树|"
    "野果|野草|野浆果|不认识的(?:果|草|花|叶|菜|豆|蘑|菌|种|鱼|药|植)|不知名的(?:果|草|花|叶|菜|豆|蘑|菌)|(?:发芽|长芽|发青|发绿|变绿)的?(?:土豆|洋芋|马铃薯)|"
    "青(?:西红柿|番茄)|河[豚鲀]|生木薯|木薯|(?:新?鲜|没焯水的?)的?(?:黄花|金针)菜?|苦杏仁|生(?:白果|银杏|豆角|四季豆|芸豆|扁豆|豆浆)"
)
_DOUBTFUL = (
    "蘑菇|菌子|菌汤|见手青|牛肝菌|豆角|四季豆|扁豆|芸豆|刀豆|白果|银杏果|杏仁|桃仁|黄花菜|土豆|洋芋|西红柿|番茄|贝壳?肉|花螺|海螺|淡菜|贻贝|木耳|蛤蟆|药酒|"
    "泡酒|泡的酒|草药|偏方|土方|药汤|药粉|药渣|药茶|野菜|鱼籽|米粉|河粉|湿粉|酵米|甘蔗|红薯|豆浆|皮蛋|蜂蜜|自酿|散酒|野蜂蜜|减肥药|保健品"
)
_MEDICINES = (
    "安眠药|安定|唑仑|佐匹克隆|褪黑素|降压|降糖|二甲双胍|优降糖|感冒药|感冒灵|退烧药|退热药|美林|布洛芬|对乙酰|扑热息痛|泰诺|止痛|止疼|消炎药|头孢|"
    "阿司匹林|避孕药|铁剂|补铁|维生素|维[abcde]|钙片|鱼肝油|抗抑郁|舍曲林|抗癫痫|癫痫药|卡马西平|丙戊酸|地高辛|华法林|秋水仙碱|甲氨蝶呤|优甲乐|心脏药|"
    "心脏病药|血压药|糖尿病药|精神病药|晕车药|咳嗽药|止咳|糖浆|速效救心|硝酸甘油|药片|药丸|药水|药膏|胶囊|栓剂|眼药|滴眼液|滴鼻|外用|洗剂|兽药|狗药|"
    "猫药|驱虫药|打虫药|过期药|(?<![农鼠中弹火草制医山芍补])药(?!店|房|材|铺|膳|师|性|方|名|茶|学|费|柜|箱|盒|厂|价)"
)
_TAKE = "(?:喝|饮(?!料|食)|吃(?!饭|饱|货|苦|亏|惊|力|醋|瓜|鸡游)|食(?=咗|左|了|到|进|下|错)|吞|咽|服(?=了|下|错|过|用|毒)|舔|(?<!蚊子)(?<!蚊虫)(?<!虫子)咬|吸(?!尘|引|收)|嚼|啃|尝|含(?!量|有)|灌|抿|嗦)"
_DONE = "(?:了|下|进|掉|到|过|错|完|咗|左|嘅|光|一大?口|[两几好]+口|一小?点|半|得|多|起来)"
_ILL = (
    "(?:吐(?!槽|司|鲁|丝|蕃|苦水|露|血)|拉肚|拉稀|拉了|上吐|泻|头晕|晕(?!车药|染)|昏|麻(?!烦|辣|将|花|酱|婆|药|利|吉)|幻|小人|抽(?!屉|奖|空|烟|油|纸|签|查|筋皮)|心慌|心跳|"
    "恶心|反胃|肚子?(?:疼|痛|绞)|腹痛|胃(?:疼|痛|烧)|绞痛|发紫|发青|冒汗|出汗|流口水|流涎|重影|看不清|看东西|呼吸|喘|难受|中毒|烧心|(?<!一)起泡|喉咙|嗓子(?:烧|疼|肿)|"
    "发抖|手抖|说胡话|不清醒|瘫|没精神|犯困|睡不醒|叫不|不对劲|没反应|站不|脸色)"
)
_ASK = "(?:怎么办|咋办|咋整|点算|怎办|要紧|有事|有问题|会死|死人|会怎|去医院|洗胃|催吐|急|救|要不要(?:去|吐)|危险|中毒|送医|打120|喝牛奶|能吐|没事吧|该怎)"
_CHANCE = "(?:不小心|误|偷|乱|刚才|刚刚|一口|把|拿|当成?|没注意|趁|抓起)"
_KIN = "(?:爸|妈|爷|奶|公|婆|姥|老人|老伴|大人|哥|姐|弟|妹|别人|人家|邻居|同事|室友|孩子|宝宝|娃|儿子|女儿|狗|猫)"
_MUCH = (
    "(?:一?整?(?:瓶|板|盒|排)|半(?:瓶|板|盒)|大半|[两三几好多](?:瓶|板|盒|排)|一?大?把|(?:[四五六七八九几好多4-9]+|[一二三四五六七八九]?十[一二三四五六七八九几多来]?|[1-9][0-9]{1,2})多?(?:片|粒|颗|丸|支)|"
    "双倍|加倍|翻倍|[两三几好]倍|[两三好]遍|两次|重复|过量|全(?:部|都)?|都(?=[吃吞喝])|多[吃喝服吞])"
)
_AIR = (
    "煤气|天然气|液化气|燃气|瓦斯|沼气|化粪池|窨井|地窖|菜窖|红薯窖|酒窖|氯气|氨气|硫化氢|炭火|炭盆|炭炉|木炭|烧炭|蜂窝煤|煤炉|煤球|煤火|火盆|火炉|烤火|"
    "热水器|发电机|车库|(?:84|八四|消毒|漂白).{0,8}(?:洁厕|白醋|除垢)|洁厕.{0,8}(?:84|八四|消毒|漂白)|熏蒸|杀虫(?:剂|雾)|打农?药|喷农?药|油漆房|刷漆|车里开着?空调|关窗|闷在车"
)
_FAINT = (
    "(?:头晕|晕(?!车)|昏|恶心|想吐|吐(?!槽|司|血)|叫不|喊不|不动|没反应|没动静|起不来|没劲|没力|腿软|腿发软|呛得?|喘|流泪|辣眼|胸闷|头疼|头痛|倒了|倒下|倒地|倒在|上不来|"
    "没上来|嘴唇|脸(?:通)?红|站不|迷糊|犯困|睡过去|咳|流口水|手抖|发抖)"
)
_TAKEN = re.compile(
    "|".join(
        [
            f"{_TAKE}{_DONE}.{{0,8}}(?:{_HARSH}|{_PLANTS})",
            f"{_CHANCE}.{{0,8}}{_TAKE}.{{0,8}}(?:{_HARSH}|{_PLANTS})",
            f"(?:{_HARSH}|{_PLANTS}).{{0,10}}{_TAKE}.{{0,2}}{_DONE}",
            f"{_TAKE}.{{0,5}}(?:{_HARSH}|{_PLANTS}).{{0,14}}{_ASK}",
            f"(?:{_HARSH}).{{0,8}}(?:当成?|认成|看成|以为是|错当).{{0,6}}(?:水|料|糖|奶|酒|油|茶|汁|雪碧|可乐|蜜|零食|醋|盐|味精|面粉|碱|饭)",
            f"(?:当|以为).{{0,6}}(?:糖|饮料|水|奶|果冻|茶).{{0,8}}{_TAKE}{_DONE}.{{0,8}}(?:{_HARSH}|{_MEDICINES})",
            f"(?:{_HARSH}).{{0,8}}(?:喷|溅|弄|进|滴|洒|流|蹦).{{0,4}}(?:嘴|口里|口中|喉|鼻)",
            f"(?:嘴里|嘴巴里|口里).{{0,8}}(?:{_HARSH})|(?:{_HARSH}).{{0,6}}(?:塞|放|抹|含).{{0,4}}(?:嘴|口里)",
            f"(?:{_PLANTS}|{_DOUBTFUL}).{{0,18}}{_ILL}.{{0,8}}(?:了|怎么|咋|吗|着|不|得|人|$)",
            f"{_ILL}.{{0,14}}(?:吃|喝|食)(?:了|过|的|咗|完).{{0,8}}(?:{_PLANTS}|{_DOUBTFUL})",
            f"(?:没|未|不|半|夹)(?:煮|炒|焖|烧|做)?[熟生]?的?(?:透|熟|生)?的?(?:豆角|四季豆|扁豆|芸豆|刀豆).{{0,10}}(?:{_TAKE}|{_ILL})",
            f"{_TAKE}{_DONE}.{{0,16}}(?:全家|一家|全班|一桌|几个人|[两三四]个人|室友|大家|都).{{0,5}}(?:吐|拉|泻)",
            "(?:捡|路边|地上).{0,8}(?:水|饮料|酒).{0,8}(?:喝|灌)|(?:吃|喝|炒|煮).{0,18}倒了.{0,3}[几两三四五六七八九十].{0,3}个",
            "(?:酒|饮料|奶茶|水|果汁).{0,8}(?:怪味|味道不对|味不对|下了?药|有股味|苦味|怪怪).{0,14}"
            + _ILL,
        ]
    )
)
_DOSED = re.compile(
    "|".join(
        [
            f"{_TAKE}{_DONE}?.{{0,4}}{_MUCH}.{{0,8}}(?:{_MEDICINES})",
            f"(?:{_MEDICINES}).{{0,10}}{_TAKE}.{{0,3}}{_MUCH}",
            f"(?:{_MEDICINES}).{{0,8}}(?:多[吃喝服吞](?:了|一|两|几)|[吃喝服](?:多|重|错|混)了?|重复[吃喝服]|拿错|当成?糖|过量|(?:双|加|翻)倍|{_MUCH}.{{0,3}}{_TAKE}|{_TAKE}光)",
            f"(?:多[吃喝服吞]|[吃喝服拿](?:多|错|重|混)|偷[吃喝]|误[吃喝]|双倍|加倍).{{0,8}}(?:{_MEDICINES})",
            f"{_KIN}的.{{0,6}}(?:{_MEDICINES}).{{0,8}}(?:被|让|给|当|叫)?.{{0,6}}(?:{_TAKE}{_DONE})",
            f"{_TAKE}(?:了|咗|下|过|错).{{0,3}}{_KIN}.{{0,4}}的?.{{0,4}}(?:{_MEDICINES})",
            f"(?:外用|眼药|滴眼|栓剂|药膏|洗剂|兽药|狗药|猫药|驱虫药|过期药|过期的药).{{0,8}}{_TAKE}{_DONE}|{_TAKE}{_DONE}.{{0,6}}(?:外用|眼药|滴眼|栓剂|药膏|洗剂|兽药|狗药|猫药|过期的?药)",
            f"(?:把|将|拿).{{0,4}}(?:{_MEDICINES}).{{0,6}}当.{{0,4}}(?:糖|豆|零食)",
        ]
    )
)
_BREATHED = re.compile(
    "|".join(
        [
            f"(?:{_AIR}).{{0,20}}{_FAINT}",
            f"{_FAINT}.{{0,12}}(?:煤气|燃气|炭火|炭盆|煤炉|烧炭|沼气|发电机)",
            f"(?:闻|吸).{{0,8}}(?:{_HARSH})(?!味|的味).{{0,10}}{_FAINT}",
            "(?:煤气|燃气|天然气|液化气).{0,6}(?:泄漏|泄露|漏了|漏气|没关|味很|味好|味道很|味特)|一股(?:煤气|燃气|天然气)",
        ]
    )
)
_PET = re.compile(
    "狗|猫|仓鼠|兔|鹦鹉|宠物|主子|汪|喵|老鼠吃|蟑螂吃|鸡吃|鱼缸|金毛|泰迪|布偶|羊|牛吃|鸭"
)
_HUMAN = re.compile(
    "孩子|小孩|宝宝|娃|爸|妈(?!咪)|爷|奶奶|儿子|女儿|弟|妹|老公|老婆|同事|朋友|老人|我[吃喝吞也误]|的[药]|村|人"
)
_IDLE = re.compile("(?:怎么|如何|咋)(?:炒|煮|做|洗|煲|炖|泡发|保存|挑|种|养)|好吃吗|(?:不能|不可以|不要|别|不许|不准|千万别)[吃喝碰].{0,6}(?:标语|提醒|海报)|煮熟了|炒熟了(?:吗|没)")  # fmt: skip

_FARE = re.compile(
    "(?:吃|喝|啃)(?:了|多了|完|得)?.{0,5}(?:面|饭|粽子?|火锅|饺子|馒头|包子|玉米|蛋糕|月饼|面包|米粉|烧烤|奶茶)|chile.{0,12}fan"
)
_UPKEEP = re.compile(
    "拖地|拖把|兑多少|兑水|水垢|擦(?:桌|玻璃|窗)|衣柜|除味|浇水|叶子(?:发黄|掉|卷)|盆栽|开花|养护|瓷砖|台面|去渍|洗碗|保质期|哪里买|多少钱"
)
_GRAVE = re.compile(
    f"{_HARSH}|{_PLANTS}|{_DOUBTFUL}|{_MEDICINES}|吐|泻|拉|晕|昏|麻|抽|痛|疼|怪|毒|紫|黑|青|肿|幻|跳|喘|倒|救|急|不动|不对|瓶|颗|粒|误|怀疑|嘴角|歪|掉"
)
_BODY = re.compile(f"{_TAKE}|{_FAINT}|{_ILL}|嘴|舌|喉|嗓|眼|当成|误|呛|闻")

_ENGLISH_THINGS = (
    "bleach|detergent|pods?|poison|batter(?:y|ies)|magnets?|(?:wild|strange|unknown|foraged) (?:\\w+ )?(?:mushrooms?|berries|plants?)|mushrooms?|toadstools?|antifreeze|"
    "cleaner|mercury|gasoline|petrol|kerosene|diesel|pesticide|insecticide|herbicide|weed ?killer|thermometer|mothballs?|disinfectant|dettol|lysol|clorox|"
    "ammonia|turpentine|thinner|glue|nail polish(?: remover)?|acetone|methanol|rubbing alcohol|hand sanitizer|sanitizer|perfume|paint|drain ?(?:opener|cleaner)|"
    "lye|acid|oleander|foxglove|nightshade|hemlock|castor (?:beans?|seeds?)|apricot kernels|kernels|aconite|monkshood|lily|philodendron|dieffenbachia|"
    "daffodils?|rat ?(?:poison|bait)|roach (?:bait|killer)|ant (?:bait|killer)|slug (?:pellets?|bait)|silica gel|desiccant|essential oils?|lamp oil|dish ?soap|soap|fertilizer|"
    "cigarettes?|nicotine|vape (?:juice|liquid)|windshield fluid|washer fluid|coolant|hydrogen peroxide|peroxide|iodine|pufferfish|fugu|edibles?|gumm(?:y|ies)"
)
_ENGLISH_MEDICINES = (
    "pills?|tablets?|capsules?|tylenol|acetaminophen|paracetamol|ibuprofen|advil|aspirin|benadryl|melatonin|xanax|valium|ambien|sleeping pills?|meds?|"
    "medications?|medicines?|antidepressants?|beta blockers?|insulin|iron|vitamins?|opioids?|oxy\\w*|fentanyl|cough syrup|eye drops"
)
_WORD = "[a-z']+ "
_ENGLISH = re.compile(
    f" (?:(?:swallow(?:ed|s|ing)?|drank|drunk|drinking|ate|eaten|eating|chew(?:ed|ing)|lick(?:ed|ing)|inhal(?:ed|ing)|sniff(?:ed|ing)|ingest(?:ed|ing)|sipped|"
    f"gulped|bit|breathed|got into|mouthful of|some of) (?:{_WORD}){{0,5}}(?:{_ENGLISH_THINGS})"
    f"|(?:took|taken|swallowed|ate|eaten|downed|popped|taking|gave) (?:{_WORD}){{0,3}}(?:twice|double|extra|too many|handful|bottle|whole|entire|all|someone|"
    f"somebody|grandma's|grandpa's|mom's|dad's|wife's|husband's|his|her|wrong|expired|dog's|cat's|ten|twelve|fifteen|twenty|thirty|forty|fifty) (?:{_WORD}){{0,4}}(?:{_ENGLISH_MEDICINES})"
    f"|(?:fumes?|exhaust|charcoal|generator|gas (?:heater|stove|smell)|smell(?:s|ing)? gas|chlorine) (?:{_WORD}){{0,10}}(?:dizzy|faint|nause\\w+|headaches?|sick|passed|vomit\\w*|cough\\w*|burn\\w*|breath\\w*)"
    "|spray(?:ed|ing)? (?:\\w+ ){0,3}(?:in|into) (?:his|her|my|their) (?:mouth|eyes?|face)"
    f"|mixed (?:{_WORD}){{0,2}}(?:bleach|cleaners?) (?:and|with)) "
)  # fmt: skip
_SOUNDED = (
    "洁厕灵 消毒液 消毒水 漂白水 洗洁精 洗衣液 干燥剂 樟脑丸 卫生球 水银 体温计 电池 胶水 油漆 汽油 煤油 柴油 酒精 甲醇 防冻液 老鼠药 耗子药 蟑螂药 杀虫剂 敌敌畏 "
    "百草枯 农药 除草剂 花露水 风油精 碘酒 野蘑菇 毒蘑菇 夹竹桃 滴水观音 曼陀罗 断肠草 蓖麻 安眠药 降压药 降糖药 发芽土豆 河豚 草乌 附子 黄花菜 水仙 硫酸 指甲油"
)


def took_in(heard: Heard) -> bool:
    """Return whether a message says that somebody took in what harms, or asks what to do then."""
    if heard.english:
        return bool(_ENGLISH.search(heard.words))
    plain = heard.plain
    if _PET.search(plain) and not _HUMAN.search(plain):
        return False
    found = _TAKEN.search(plain) or _DOSED.search(plain) or _BREATHED.search(plain)
    if found:
        return not _IDLE.search(plain)
    return any(token.word for token in heard.tokens) and bool(
        _by_sound().search(f" {' '.join(heard.sounds)} ")
    )


def is_fare_or_upkeep(heard: Heard) -> bool:
    """Return whether a message speaks of a meal that did no harm, or of a house or a plant."""
    plain = heard.plain
    if _FARE.search(plain):
        return not _GRAVE.search(plain)
    return bool(_UPKEEP.search(plain)) and not _BODY.search(plain)


@cache
def _by_sound() -> re.Pattern[str]:
    """Return what finds a substance beside a verb of taking in, among syllables."""
    things = "|".join(" ".join(map(syllable, name)) for name in _SOUNDED.split())
    took = "(?:he|chi|tun|yan|tian|xi|yin|wu shi|wu fu|wu he) (?:le|diao|guo|jin|xia|cuo|dao|zuo)"
    return re.compile(
        f" (?:{took} (?:\\S+ ){{0,4}}(?:{things})|(?:{things}) (?:\\S+ ){{0,5}}{took}) "
    )
