"""Width, script, invisible characters, emoji, stickers, gaps and fillers of speech.

    written("黃 芪 有什麼功效?❤️")            -> "黄芪有什么功效？"
    normal_form("老师您好，请问黃芪有毒吗")   -> "黄芪有毒吗"
    compact("自.殺 ！")                       -> "自杀"

Each takes time in proportion to the text, and applied twice does what it does once.
"""

from __future__ import annotations

import re
import unicodedata

from xinglin.normal.tables import simplified

LONGEST = 4000
_HEAD = 3000
_PASSES = 4

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\u3007"
_PRINTED = "，。、；：？！“”‘’（）《》「」…"
# Signs without a sound: controls (but the newline), format characters, variation selectors, private
# use, lone surrogates, noncharacters, and Hangul fillers that look like nothing.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\u2800"
    "\ud800-\udfff\ue000-\uf8ff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff]"
)
_EMOJI = re.compile(
    "[\u20d0-\u20f0\u2300-\u23ff\u2460\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297"
    "\u3299\U0001f000-\U0001f0ff\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff]"
)
# What the platform writes for its own stickers. Other words in brackets are words.
_STICKER_NAMES = (
    "微笑|撇嘴|色|发呆|得意|流泪|害羞|闭嘴|睡|大哭|尴尬|发怒|调皮|呲牙|惊讶|难过|酷|冷汗|囧|抓狂|吐|偷笑|愉快|白眼|"
    "傲慢|饥饿|困|惊恐|流汗|憨笑|悠闲|奋斗|咒骂|疑问|嘘|晕|疯了|衰|骷髅|敲打|再见|擦汗|抠鼻|鼓掌|糗大了|坏笑|左哼哼|"
    "右哼哼|哈欠|鄙视|委屈|快哭了|阴险|亲亲|吓|可怜|笑脸|生病|脸红|破涕为笑|恐惧|失望|无语|嘿哈|捂脸|奸笑|机智|皱眉|"
    "耶|吃瓜|加油|汗|天啊|社会社会|旺柴|好的|打脸|哇|翻白眼|666|让我看看|叹气|苦涩|裂开|嘴唇|爱心|心碎|拥抱|强|弱|"
    "握手|胜利|抱拳|勾引|拳头|差劲|爱你|爱情|飞吻|合十|啤酒|咖啡|蛋糕|饭|西瓜|玫瑰|凋谢|菜刀|刀|足球|瓢虫|便便|炸弹|"
    "闪电|月亮|太阳|庆祝|礼物|红包|發|发|福|烟花|爆竹|猪头|跳跳|发抖|怄火|转圈|磕头|回头|跳绳|投降|激动|乱舞|献吻|"
    "左太极|右太极|NO|OK|Emm|Yeah"
)
_STICKER = re.compile(
    rf"\[(?:{_STICKER_NAMES}|[A-Z][A-Za-z]{{2,12}})\]|/:[:a-z0-9<>()|@~!&$+*_?,;'-]{{1,8}}"
)
_GAP = re.compile(
    rf"(?<=[{_HAN}{_PRINTED}])[^\S\n]+(?=[{_HAN}{_PRINTED},?!:;()])|(?<=[,?!:;()])[^\S\n]+(?=[{_HAN}])"
)
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")
_CHINESE = re.compile(f"[{_HAN}]")
_WESTERN = re.compile("(?<![A-Za-z0-9])[,?!:;()]|[,?!:;()](?![A-Za-z0-9/])")
_PRINT = str.maketrans(",?!:;()", "，？！：；（）")
# Words of simplified print that keep a character which is otherwise traditional.
_KEPT = re.compile(
    "乾[坤隆卦]|癥[瘕结結积積]|[角商宫宮变變]徵|徵[羽音宫宮]|[狼蕴蘊慰枕]藉|"
    "[名原编編显顯所专專巨论論合遗遺译譯卓昭土谁誰人景珍邈]著|著[作名述书書者称稱录錄]"
)
_NOT_WORD = re.compile(r"[\W_]+")

_CALLED = "老师|医生|大夫|师傅|先生|亲|杏林|小杏|机器人|大家|各位"
_BEFORE = re.compile(
    "^(?:"
    "[，,、。！!：:~～…. ]+|"
    "[嗯哎呃啊哦噢诶欸哈喂唉额]{1,3}"
    "(?=[，,、。！!~～…. ]|那个|就是|我想|想问|请问|不好意思|老师|你好|您好)|"
    f"(?:{_CALLED})(?=[，,、。！!：:~～ ]|您好|你好|请问|请教|我想[问请知了]|想问|麻烦)|"
    "(?:您好|你好|hello|hi)[呀啊哈哦]?(?![吗么嘛的不世厉棒聪可漂坏笨傻帅美强])(?=.{2})|"
    "(?:不好意思(?![说讲开提])|打扰一?下?了?|打扰[您你]?了?|冒昧问一?下?|麻烦问一?下?|"
    "麻烦[您你]?(?:帮我)?(?:看看|讲讲|说说|解释)?一?下?(?=[，,]))哈?|"
    "那个啥?(?=[，,、… ]|就是|我想|想问)|这个(?=[，,、… ]|就是|我想|想问)|"
    "就是说?(?=[，,、… ]|我想|想问|请问)|"
    "我?想(?:请教|请问|咨询|问问?)(?:一?下|个事|个问题)?(?:就是说?)?|"
    "我想(?:知道|了解|打听)(?:一?下)?(?!的)|"
    "请教(?:一?下)?|请问(?:一?下(?!午))?|问问?(?:一下|下|个事|个问题)(?=[，,、：: ]|.{2})"
    ")"
)
_AFTER = re.compile(
    "(?:"
    "(?:[，,、。！!~～… ]+|(?<=[吗呢么效用毒治药汤方思？]))(?:谢谢|感谢|多谢|谢啦|谢了)"
    "(?:[您你啊了啦哈哦呀]|老师|大夫|医生){0,3}[。！!~～… ]*|"
    "(?:[，,、 ]+|(?<=[？]))(?:麻烦[您你]?了?|拜托了?|辛苦了?)[啊啦哈]?[。！!~～… ]*|"
    "(?:这个事情?|这件事情?)?呗(?=[？。！]*$)|(?<=[吗呢么效用毒成治药汤])[呀啊哈哦啦](?=[？。！]*$)|"
    "[~～… ]+"
    ")(?P<end>[？。！]*)$"
)
_LONGEST_TAIL = 24


def bounded(text: str) -> str:
    """Return a text of at most `LONGEST` characters: of a longer one its beginning and its end."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:_HEAD]}\n{text[_HEAD + 1 - LONGEST :]}"


def written(text: str) -> str:
    """Return a text in the one writing: simplified, half-width, without what has no sound.

    Chinese punctuation is set as it is printed; spaces between Chinese characters go, other runs
    of spaces become one. The words stay as they are.
    """
    for _ in range(_PASSES):  # a removal may join what composes; the second pass is nearly free
        before, text = text, _written_once(text)
        if text == before:
            break
    return text


def _written_once(text: str) -> str:
    if text.isascii():
        text = _INVISIBLE.sub("", text)
    else:
        text = unicodedata.normalize("NFKC", _EMOJI.sub("", _INVISIBLE.sub("", text)))
        text = _INVISIBLE.sub("", _simplify(text))
    text = _STICKER.sub("", text)
    text = _GAP.sub("", text)
    if _CHINESE.search(text):
        text = _WESTERN.sub(lambda mark: mark[0].translate(_PRINT), text)
    return _LINES.sub("\n", _SPACES.sub(" ", text)).strip()


def _simplify(text: str) -> str:
    table, kept, at = simplified(), [], 0
    for match in _KEPT.finditer(text):
        if match.start() >= at:
            kept += [text[at : match.start()].translate(table), _keep(match[0], table)]
            at = match.end()
    return "".join(kept) + text[at:].translate(table)


def _keep(word: str, table: dict[int, str]) -> str:
    return "".join(c if c in "乾癥徵藉著" else c.translate(table) for c in word)


def without_fillers(text: str) -> str:
    """Take the frame of speech off a written text: greetings, "may I ask", thanks.

    At least two characters stay; a text of fillers alone is returned as it is.
    """
    start = 0
    while match := _BEFORE.match(text[start : start + 2 * _LONGEST_TAIL]):
        start += match.end()
    rest = text[start:]
    while match := _AFTER.search(rest, max(0, len(rest) - _LONGEST_TAIL)):
        if match.start() == match.start("end"):
            break
        rest = rest[: match.start()] + match["end"]
    return rest if len(_NOT_WORD.sub("", rest)) >= 2 else text


def normal_form(text: str) -> str:
    """Return the normal form of a question, of at most `LONGEST` characters."""
    text = bounded(text)
    for _ in range(_PASSES):
        # One character may stand for eighteen (U+FDFA), so that what was short can be long.
        before, text = text, bounded(without_fillers(written(text)))
        if text == before:
            break
    return text


def compact(text: str) -> str:
    """Return the letters and digits of a text, in the one writing and in lower case.

    For comparing with words: neither gaps nor dots nor stars part what belongs together. The
    whole text is taken, however long.
    """
    return _NOT_WORD.sub("", written(text).lower())
