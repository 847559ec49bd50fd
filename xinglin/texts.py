"""Safety's texts, which no account changes; all others are in `xinglin/account/texts.py`."""

from __future__ import annotations

SEE_DOCTOR = "若是说你自己或身边人的不适：请去正规医院看，症状严重、突然或加重时请拨打 120。"
HELPLINE = (
    "若是心里很难受、撑不住：可以随时拨打心理援助热线 12356，有人会听你说；情况紧急请拨打 120。"
)
EMERGENCY = (
    "若是有人误服了什么，或身体突然不对劲：请立即拨打 120，不要等回复，也不要自行催吐或用偏方。"
)
POISONOUS = "（{names}有毒，切勿自行使用。）"
SLIGHTLY_POISONOUS = "（{names}有小毒，须由医师掌握，不要自行服用。）"
DEADLY = (
    "{name}有毒，而且毒性大，属于管制的毒性药材或剧毒之物：绝不能自行服用、泡水、泡酒、炖煮或外敷。古书虽有记载，今天不可照用。"
    "误服、误触或用后发麻、恶心、心慌，请立即拨打 120。我是AI，不是医生。"
)
TOXIC = (
    "{name}有毒，须由执业医师斟酌，不能自行服用，也不能泡水、泡酒、炖汤或当作日常食物。误服或用后不适，请立即拨打 120。"
    "我是AI，不是医生。"
)
SLIGHTLY_TOXIC = (
    "{name}有小毒，须炮制得当并由执业医师掌握，不要自行大量或长期服用，也不要当茶饮或日常食物；用后不适请立即就医，严重时拨打 120。"
    "我是AI，不是医生。"
)
CAUTIONED = (
    "{name}在古书里不算毒药，但今天已知它可能{harm}，药监部门或医学指南为此提醒过：不能说它无毒，不要自行泡水、泡酒或长期服用，"
    "须由执业医师判断；用后乏力、恶心、皮肤或眼睛发黄、尿色加深，请立即停用并就医。我是AI，不是医生。"
)


def wait_words(seconds: int) -> str:
    """Return a waiting time as one says it, never shorter than it is."""
    for unit_s, name in ((86_400, "天"), (3600, "小时"), (60, "分钟")):
        if seconds > unit_s:
            return f"{-(-seconds // unit_s)}{name}"
    return f"{max(1, seconds)}秒"
