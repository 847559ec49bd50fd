"""Deciding whether a text holds a danger sign."""

from __future__ import annotations

import re
import unicodedata

from xinglin.safety.categories import (
    CATEGORIES,
    COMPLAINT,
    PERSON,
    PRESCRIPTION,
    STUDY,
    URGENT,
    Category,
)
from xinglin.safety.signs import read_signs

_NOISE = re.compile(r"[\s\W_]+")
# The traditional and variant characters of the words in the table, and common disguises.
_SIMPLIFIED = str.maketrans(
    "殺盡輕尋見憑結殘傷樓遺書誤藥農敵過飲絞臟壓氣難緊塞喚腦溢側無動歪說講話齒視頭體僵風驚厥絕沒識癲癇發嬰兒滿個燒熱吐婦懷備餵產宮縮過敏蕁蟲貓馬蠍癥劇烈續術電"
    "車禍錢兩劑單養應該誰幫開處湯體對顆媽爺給灣張嗎麼樣為們時後顧紅腫紫彎嘔瀉癱瘓暈讓嗆燙參鬧蠟塊醫針鹼膠噁點斷陣藍癢臉鈕學種歲長這離撐貼適純減換棄歡從橋",
    "杀尽轻寻见凭结残伤楼遗书误药农敌过饮绞脏压气难紧塞唤脑溢侧无动歪说讲话齿视头体僵风惊厥绝没识癫痫发婴儿满个烧热吐妇怀备喂产宫缩过敏荨虫猫马蝎症剧烈续术电"
    "车祸钱两剂单养应该谁帮开处汤体对颗妈爷给湾张吗么样为们时后顾红肿紫弯呕泻瘫痪晕让呛烫参闹蜡块医针碱胶恶点断阵蓝痒脸纽学种岁长这离撑贴适纯减换弃欢从桥",
)


def normalize(text: str) -> str:
    """Return text without spaces and punctuation, half-width, lower case, main words simplified."""
    plain = unicodedata.normalize("NFKC", text).translate(_SIMPLIFIED).lower()
    return _NOISE.sub("", plain)


def find_danger(text: str) -> Category | None:
    """Return the category of the danger that a text speaks of, by rule or else by likeness.

    A question about old books may use the words; where a first-person or urgent reading is
    possible it counts as danger all the same.
    """
    if found := find_rule(text):
        return found
    plain = normalize(text)
    name = None if _is_studied(plain) else read_signs().find(plain)
    return next((category for category in CATEGORIES if category.name == name), None)


def find_rule(text: str) -> Category | None:
    """Return the first category of whose words there are some in the text."""
    plain = normalize(text)
    studied = _is_studied(plain)
    for category in CATEGORIES:
        if category.pattern.search(plain) and not (studied and category.studied):
            return category
    return None


def _is_studied(plain: str) -> bool:
    return bool(STUDY.search(plain)) and not URGENT.search(plain)


def asks_prescription(text: str) -> bool:
    """Return whether somebody asks for a diagnosis, a prescription or a dose for a person."""
    plain = normalize(text)
    return bool(PRESCRIPTION.search(plain)) and not _is_studied(plain)


def concerns_a_body(text: str) -> bool:
    """Return whether somebody seems to speak of a complaint of their own or of somebody near.

    Wide on purpose, since the cost of a match is one line of advice under the answer.
    """
    plain = normalize(text)
    return bool(PERSON.search(plain)) and bool(COMPLAINT.search(plain))
