"""Question and answer made from a passage of a classic: short, clean, and about what was asked.

The corpus quotes the opening of a book's chapter whatever the question was. Here a passage about
a formula is taken apart into what it treats and what it is made of, and each part gets the
question that it answers. A model this small would learn to attach real titles to invented
sentences, and to invent doses: so citations, doses, and how to prepare or take something go.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

LONGEST = 150
_SHORTEST = 8
_HERBS = Path(__file__).parent / "herbs.txt"

_CITATION = re.compile(r"^《[^《》]{1,40}》（[^（）]{1,40}）：")
_DISCLAIMERS = (
    "古今剂量不同，切勿自行用药。",
    "以上出自古籍，仅供学习，用药请咨询医师。",
    "这是古书原文，不能代替诊疗，身体不适请就医。",
)
# Left by automatic conversions of the transcription.
_MISPRINTS = {
    "瓦斯": "气",
    "黄胆": "黄疸",
    "刻苦鹊": "扁鹊",
    "伊芳": "伊尹",
    "锻石": "石灰",
    "野狼毒": "狼毒",
}
_BRACKETS = re.compile(r"（[^（）]*）|\([^()]*\)|〔[^〔〕]*〕")
_HEADINGS = re.compile(r"【(气味|性味)】")
_LABELS = re.compile(r"【[^】]*】|发明(?=[^家])")
_HALF = re.compile(r"[（）()〔〕【】「」『』\[\]].*|□")

_NUMBER = "[一二三四五六七八九十百数两半0-9]"
# 两, 分, 合 and the like also end ordinary words (两胁, 十分, 百合, 三分之一): they count as units
# only at the end of a number that ends a clause or stands before another item of a list.
_DOSE = re.compile(
    rf"(?:各|共)?(?<!百){_NUMBER}+(?:钱匕|两|钱|枚|斤|铢|升|盏|碗|匕|匙|撮|字|厘|片|粒|茎|分|合)半?"
    r"(?:重|许)?(?=[，。；、！？\s]|$|[各一二三四五六七八九十])"
)
_DIRECTION = re.compile(
    r"每服|每用|分服|服[一二三四五六七八九十百数之]|日[一二三再]服|[煎煮取熬]至|[煎煮熬]取|以水|水煎|煎服|"
    r"上为|上[一二三四五六七八九十]+味|上[件药]|[右共研捣]为|为[细粗]?末|[蜜糊]丸|[为和]丸|丸如|如[梧弹鸡]|"
    r"[桐梧]子|[送调酒汤]下|温服|顿服|空心|空腹|食[前后远]|不拘时|去[滓渣]|同煎|煎[汤成]|锉散|捣筛|入药|"
    r"[炒炙焙煅洗]过|酒浸|酒服|水服|研[末细]|治下筛|[^主]服用|分[二三四]服|捣[汁烂敷]"
)
_QUOTES_SOMEONE = re.compile(
    r"[《》]|[云曰]：|云[，“]|[^不所]曰[，“]|[别药圣本]录|纲目|本经|千金|内经|素问|灵枢|方见|见[^，。]{0,4}门|"
    r"歌[曰括]|[上下前后同]方"
)
_TELLS_CASE = re.compile(
    r"年[^，。]{1,4}岁|[余予愚]|某[氏君姓]|[李王张陈刘赵][氏姓某翁妇]|延[余予愚]|[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]"
)
_PREPARED = re.compile("^[用同加各净炒炙煨生熟醋酒姜制]")
_PLAIN_NAME = re.compile("[^者之其治主疗加去若为可用不无上下方人及或以至服]{2,3}$")
_CLAUSE = re.compile(r"[^，。；！？\n]+[，。；！？\n]?")
_SENTENCE_END = "。！？"
_INDICATION = re.compile(r"(?:^|[。；，\s])((?:主治|能治|专治|兼治|治|主|疗)[^。；]{3,})")
_NATURE = re.compile(
    r"[味性气][^。，；]{0,6}[甘苦辛酸咸涩淡平寒热温凉]|^[甘苦辛酸咸涩淡微大小]{1,4}[，、]?[微大小]?[平寒热温凉]"
)
_EFFECT = re.compile(r"[主治疗补益清泻止解利散消安温养化除通]")
_BAD_HERB = re.compile(r"[旨序部类法论诀歌]|药性|补火|[^的]方$")
_BAD_TOPIC = re.compile(
    r"叙|序|凡例|提纲|方[药论]?$|歌|诀|图|医案|案$|备用|目录|总[论括]|辨$|[法说解]$|附|续|问|治验|门$|类$|篇|卷|第|"
    r"[一二三四五六七八九十]$|要略|杂|例$"
)
_TOPIC_TAIL = re.compile(
    r"(?:论治|证治|治法|症治|脉证|病论|病源|候|证论|论|总论|[第]?[一二三四五六七八九十]+)$"
)
_PARTS_QUESTIONS = ("{0}由哪些药组成？", "{0}的组成是什么？", "{0}里有哪些药？", "{0}用了哪些药？")
_USE_QUESTIONS = ("{0}治什么？", "什么情况下用{0}？", "{0}主治什么？", "{0}有什么作用？")
_FORMULA_QUESTIONS = ("请介绍一下{0}。", "古方{0}是怎样的？", "讲讲{0}。", "{0}")
_HERB_QUESTIONS = ("介绍一下{0}。", "我想了解{0}。", "古书里怎么说{0}？", "讲讲{0}。", "{0}")
_EFFECT_QUESTIONS = ("{0}有什么功效？", "{0}治什么病？", "中药{0}有什么作用？", "{0}有什么用？")
_NATURE_QUESTIONS = ("{0}的性味是什么？", "{0}是什么性味？")
# Not "什么是{0}？" nor "中医怎么看{0}？": who asks so wants to be told, not to be read to.
_TOPIC_QUESTIONS = (
    "古书里论{0}的话，读一段。",
    "读一段论{0}的古文。",
    "古籍里怎么论{0}？",
    "背一段讲{0}的古文",
)

Turns = list[tuple[str, str]]


@cache
def herb_names() -> frozenset[str]:
    """Return common names of herbs, minerals and other medicines."""
    return frozenset(_HERBS.read_text(encoding="utf-8").split())


def strip_citation(answer: str) -> str:
    """Remove the leading book reference and the closing line about old books."""
    answer = _CITATION.sub("", answer.strip())
    for line in _DISCLAIMERS:
        answer = answer.removesuffix(line).rstrip()
    for wrong, right in _MISPRINTS.items():
        answer = answer.replace(wrong, right)
    return answer


def clean_passage(passage: str, *, longest: int = LONGEST) -> str:
    """Return the clean sentences of a passage, or "" when nothing readable is left.

    Notes in brackets, sentences with a citation or a patient's story, and clauses with doses,
    directions or a lost character go; the rest is cut at a sentence end.
    """
    text = _BRACKETS.sub("", strip_citation(passage))
    text = _LABELS.sub("", _HEADINGS.sub("味", text)).replace("\n", "。")
    kept: list[str] = []
    for sentence in re.findall(r"[^。！？]+[。！？]?", text):
        if _QUOTES_SOMEONE.search(sentence) or _TELLS_CASE.search(sentence):
            continue
        clauses = [c.strip() for c in _CLAUSE.findall(_HALF.sub("", sentence))]
        good = [c for c in clauses if _is_readable(c)]
        if good and len(good) * 2 > len(clauses):
            kept.append("".join(good))
    return cut_at_sentence("".join(_ended(sentence) for sentence in kept), longest)


def _is_readable(clause: str) -> bool:
    bare = clause.rstrip("，。；！？")
    if not bare or _DIRECTION.search(bare) or _DOSE.search(bare):
        return False
    # A lone space inside a clause is mostly a lost character; so is a doubled mark.
    return " " not in bare and not bare.startswith("、") and "、、" not in bare and len(bare) < 60


def _ended(sentence: str) -> str:
    return re.sub(r"[，；、：]+$", "", re.sub(r"[，；、：]+([。！？])$", r"\1", sentence)) + (
        "" if sentence[-1] in _SENTENCE_END else "。"
    )


def cut_at_sentence(text: str, longest: int = LONGEST) -> str:
    """Return the whole sentences at the beginning of a text that fit; "" when none can be cut."""
    if len(text) <= longest:
        return text
    end = max(text.rfind(mark, 0, longest) for mark in _SENTENCE_END)
    if end < 0:
        end = text.rfind("，", 0, longest)
        return text[:end] + "。" if end > 0 else ""
    return text[: end + 1]


def find_parts(passage: str) -> list[str]:
    """Return the medicines that a formula's passage lists, in order; [] when it lists none."""
    text = _BRACKETS.sub(" ", strip_citation(passage))
    text = re.sub(rf"各?(?<!百){_NUMBER}+(?:钱|两|分|枚|斤|铢|升|合|厘|片|个|粒)半?", " ", text)
    tokens = [token for token in re.split(r"[ 、，。；\s]+", text) if token]
    known = herb_names()
    best: list[str] = []
    run: list[str] = []
    between: list[str] = []
    for token in [*tokens, "", ""]:
        name = token if token in known else _PREPARED.sub("", token)
        name = name if name in known else ""
        if name:
            run += [*between, name] if run else [name]
            between = []
        elif _PLAIN_NAME.match(token) and not between and not _DIRECTION.search(token):
            between = [token]  # a rarer medicine, if a known one follows
        else:
            best, run, between = max(best, run, key=len), [], []
    parts = list(dict.fromkeys(best))
    return parts if 2 <= len(parts) <= 16 else []


def find_use(passage: str, name: str = "") -> str:
    """Return the clause that says what a formula is good for, or ""."""
    text = _BRACKETS.sub("。", strip_citation(passage))
    found = _INDICATION.search(text)
    if not found:
        return ""
    clauses = _CLAUSE.findall(re.split(f" |{re.escape(name)}" if name else " ", found.group(1))[0])
    known = herb_names()
    good = []
    for clause in clauses:
        bare = clause.strip("，。；！？ ")
        unpointed = len(bare) > 18 or _HALF.search(bare)
        if unpointed or not _is_readable(clause) or _QUOTES_SOMEONE.search(bare) or bare in known:
            break
        good.append(clause)
    text = "".join(good).strip("，。；、 ")
    text = re.sub(r"(?:此方|并皆|悉|皆|并|宜)?(?:主|治)之方?$|方$", "", text).strip("，。；、 ")
    return text if 4 <= len(text) <= LONGEST - 30 else ""


def formula_turns(name: str, passage: str, pick: int) -> Turns:
    """Return turns about a formula: composition and use, each under its own question."""
    parts, use = find_parts(passage), find_use(passage, name)
    made_of = f"{name}由{'、'.join(parts)}组成。" if parts else ""
    good_for = f"{name}{use if use[0] in '主专能兼' else '主' + use}。" if use else ""
    good_for = good_for.replace("主主", "主").replace("主疗", "主治")
    if made_of and good_for and pick % 3 == 0:
        return [
            (_ask(_FORMULA_QUESTIONS, name, pick // 3), f"{good_for}由{made_of[len(name) + 1 :]}")
        ]
    turns: Turns = []
    if made_of:
        turns.append((_ask(_PARTS_QUESTIONS, name, pick), made_of))
    if good_for:
        question = "它治什么？" if turns and pick % 2 else _ask(_USE_QUESTIONS, name, pick // 2)
        turns.append((question, good_for))
    if turns and len(turns) == 2 and pick % 3 == 1:
        second = "它由哪些药组成？" if pick % 2 else _ask(_PARTS_QUESTIONS, name, pick)
        turns = [(_ask(_USE_QUESTIONS, name, pick // 2), good_for), (second, made_of)]
    return turns


def herb_turns(name: str, passage: str, pick: int) -> Turns:
    """Return one turn about a herb, its question fitting what the passage says."""
    text = clean_passage(passage)
    if (
        _BAD_HERB.search(name)
        or len(text) < _SHORTEST
        or not (_NATURE.search(text) or _EFFECT.search(text))
    ):
        return []
    text = text.removeprefix(name).lstrip("，：。")
    if re.match(r"[甘苦辛酸咸涩淡]", text):
        text = "味" + text
    answer = cut_at_sentence(
        name + ("" if re.match("[味性气主治能专善入]", text) else "，") + text, LONGEST
    )
    questions: tuple[str, ...] = _HERB_QUESTIONS
    if pick % 3 and _EFFECT.search(text):
        questions = _EFFECT_QUESTIONS
    elif pick % 3 == 0 and pick % 2 and _NATURE.search(text[:14]):
        questions = _NATURE_QUESTIONS
        answer = (
            name + cut_at_sentence(text, 40)
            if len(cut_at_sentence(text, 40)) >= _SHORTEST
            else answer
        )
    return [(_ask(questions, name, pick // 3), answer)]


def topic_turns(name: str, passage: str, pick: int) -> Turns:
    """Return one turn about an illness or an idea; [] for chapters about the book itself."""
    name = _TOPIC_TAIL.sub("", name) or name
    text = clean_passage(passage)
    if _BAD_TOPIC.search(name) or len(name) < 2 or len(text) < 16:
        return []
    return [(_ask(_TOPIC_QUESTIONS, name, pick), text)]


def _ask(templates: tuple[str, ...], name: str, pick: int) -> str:
    return templates[pick % len(templates)].format(name)
