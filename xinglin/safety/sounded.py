"""Danger signs by their sound: in pinyin, in half pinyin, or with one wrong homophone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from xinglin.normal import syllable
from xinglin.safety.hearing import Heard, Token

_PHRASES = {
    "self-harm": "自杀 我想死 想死了 好想死 真想死 不想活 活不下去 轻生 跳楼 割腕 上吊自 自残 写遗书 不如死 结束生命 寻死 "
    "活着没意思 不想活了",
    "poisoning": "中毒 误食 误服 误吞 喝农药 百草枯 老鼠药 吃错药 敌敌畏 洁厕灵 毒蘑菇 嘴巴麻 嘴麻 舌头麻 安眠药",
    "chest-pain": "胸痛 胸口痛 胸口疼 胸闷 心绞痛 心梗 心口痛 心口疼 心脏痛 心脏疼 胸好痛 胸很痛",
    "breathing": "呼吸困难 喘不过气 喘不上气 呼吸不了 透不过气 嘴唇发紫 噎住了",
    "stroke": "脑梗 脑出血 嘴歪了 偏瘫 半身不遂 说话不清 口齿不清 中风了",
    "bleeding": "吐血 便血 咳血 尿血 大出血 流血不止 血止不住 呕血 咯血",
    "unconscious": "昏迷 晕倒 昏倒 抽搐 休克 晕过去 叫不醒 没有呼吸 没呼吸 没心跳 口吐白沫 不省人事",
    "infant": "宝宝发烧 孩子发烧 婴儿发烧 小孩发烧 宝宝拉肚子 宝宝咳嗽 孩子咳嗽 宝宝能吃 宝宝能喝 宝宝可以吃 宝宝可以喝 "
    "孩子能吃 孩子能喝 小孩能吃 小孩能喝 宝宝吐奶 婴儿能吃 婴儿能喝",
    "pregnancy": "孕妇能 孕妇可以 怀孕能 怀孕可以 怀孕了能 怀孕了可以 哺乳期能 怀孕出血 见红了 要流产 保胎 打胎 堕胎",
    "allergy": "过敏性休克 严重过敏 喉咙肿",
    "bite": "被蛇咬 毒蛇咬 被狗咬 被猫抓 狂犬病",
    "acute": "救命 高烧不退 骨折 烫伤 触电 溺水 车祸 肚子剧痛 疼得打滚 发高烧",
    "prescription": "多少克 吃几克 吃几片 吃什么药 开个方子 开药方 喝什么药 一次几粒 一次吃多少 一天吃多少",
}
# What sounds so and is something else, written or typed.
_OTHER = frozenset(
    [
        "紫砂",
        "自砂",
        "重读",
        "种毒",
        "钟读",
        "就命",
        "旧命",
        "酒命",
        "骨哲",
        "古折",
        "跳漏",
        "胸通",
        "保泰",
        "宝胎",
        "兄痛",
        "见宏",
        "舞蹈",
        "汤商",
        "汤伤",
        "堂上",
        "触点",
        "处电",
        "尼水",
        "溺谁",
        "变血",
        "辨血",
        "便学",
        "嘴马",
        "最麻",
        "昏谜",
        "脑更",
        "老更",
    ]
)
_AFTER: dict[tuple[str, ...], frozenset[str]] = {
    ("zi", "sha"): frozenset({"hu", "bei", "guo", "tao", "cha", "ni"})
}
_FUNCTION = frozenset("的了是吗呢吧在有和与就都也要这那个不没我你他她它")
_LONGEST = 6


def known_phrases() -> Iterator[tuple[str, str]]:
    """Yield (phrase, category)."""
    for name, phrases in _PHRASES.items():
        yield from ((phrase, name) for phrase in phrases.split())


@cache
def _by_sound() -> dict[tuple[str, ...], tuple[str, str]]:
    return {
        tuple(syllable(character) for character in phrase): (phrase, name)
        for phrase, name in known_phrases()
    }


def heard_signs(heard: Heard) -> Iterator[str]:
    """Yield the categories of the phrases that a message holds by their sound only."""
    sounds, known = heard.sounds, _by_sound()
    for at in range(len(sounds)):
        for size in range(2, min(_LONGEST, len(sounds) - at) + 1):
            key = tuple(sounds[at : at + size])
            if found := known.get(key):
                after = sounds[at + size] if at + size < len(sounds) else ""
                typed = heard.tokens[at : at + size]
                if after not in _AFTER.get(key, ()) and _is_meant(typed, found[0]):
                    yield found[1]


def only_sounds_alike(heard: Heard) -> bool:
    """Return whether a message is a few words of another meaning, such as `zi sha hu`, a teapot."""
    sounds = tuple(heard.sounds)
    return (
        any(
            sounds[: len(key)] == key and sounds[len(key) :][:1] in {(one,) for one in after}
            for key, after in _AFTER.items()
        )
        and len(sounds) <= _LONGEST
    )


def _is_meant(typed: Sequence[Token], phrase: str) -> bool:
    """Return whether the phrase is typed in Latin letters or with one wrong character."""
    written = "".join(token.character for token in typed)
    if len(written) < len(phrase):
        return not (written and _is_one_word(typed))
    wrong = [c for c, right in zip(written, phrase, strict=True) if c != right]
    return len(wrong) == 1 and wrong[0] not in _FUNCTION and written not in _OTHER


def _is_one_word(typed: Sequence[Token]) -> bool:
    """Return whether the span cuts a Latin word at its beginning."""
    return not typed[0].character and not typed[0].word
