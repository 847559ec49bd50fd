"""Questions that ask for the same, of owners that the encoder has never read."""

from __future__ import annotations

from itertools import combinations

from knowledge.likeness import groups, likeness

ASKED = [
    ["学车要多久", "多长时间能拿证", "拿驾照要几个月"],
    ["可以分期付款吗", "学费能分期吗", "能分几次交钱吗"],
    ["教练可以换吗", "能换教练吗"],
    ["酒店有早餐吗", "早餐几点", "含早吗"],
    ["几点退房", "退房时间是几点", "最晚什么时候退房"],
    ["可以加床吗", "能不能加一张床"],
    ["有接机服务吗", "能来机场接吗"],
    ["花能保鲜几天", "鲜花可以放多久"],
    ["送花上门要多少钱", "配送费多少"],
    ["能写贺卡吗", "可以代写卡片吗"],
    ["艾灸后能洗澡吗", "艾灸完多久可以洗澡"],
    ["拔罐疼不疼", "拔罐会痛吗"],
    ["刮痧后发红正常吗", "刮痧出痧了怎么办"],
    ["你们在哪个城市有店", "有分店吗", "其他地方有店吗"],
    ["儿童票怎么算", "小孩要买票吗", "孩子几岁免票"],
    ["丢了东西怎么找", "我的包落在店里了"],
    ["招人吗", "你们还招聘吗"],
    ["今天天气怎么样"],
    ["你喜欢吃什么"],
    ["什么是区块链"],
]


def pairs(found: list[list[int]]) -> set[tuple[int, int]]:
    return {pair for members in found for pair in combinations(sorted(members), 2)}


def test_those_that_are_put_together_belong_together_and_half_of_those_that_belong_are() -> None:
    """Precision 1.0 and recall 0.59 when this was written."""
    flat = [(group, text) for group, texts in enumerate(ASKED) for text in texts]
    wanted = pairs(
        [[at for at, (one, _) in enumerate(flat) if one == group] for group in range(len(ASKED))]
    )

    found = pairs(groups([text for _, text in flat]))

    assert len(found & wanted) / len(found) >= 0.9
    assert len(found & wanted) / len(wanted) >= 0.5


def test_every_question_is_in_one_group_and_the_largest_comes_first() -> None:
    texts = ["能停车吗", "有发票吗", "停车方便吗", "能开发票吗", "停车场在哪"]

    found = groups(texts)

    assert sorted(at for members in found for at in members) == [0, 1, 2, 3, 4]
    assert found == [[0, 2, 4], [1, 3]]


def test_marks_gaps_and_script_make_no_difference() -> None:
    like = likeness(["能停車嗎？", "能停车吗", " 能 停 车 吗 "])

    assert like.min() > 0.999


def test_no_question_and_one_without_words_are_no_fault() -> None:
    assert groups([]) == []
    assert groups(["？？？"]) == [[0]]
