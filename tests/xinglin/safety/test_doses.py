"""Doses and directions in every writing, and words that only look like them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinglin.policy import clean_reply
from xinglin.safety.doses import ATTRIBUTION, DIRECTION, holds_dose, without_doses

# What a reply says of a dose, and the part that nobody may read.
GONE = [
    ("桂枝 6 g，芍药 6 g。", "6"),
    ("黄芪３０克，当归６克。", "３０"),
    ("黄芪30克。", "30"),
    ("茯苓十二 克，健脾。", "十二"),
    ("甘草 3-6g，调和诸药。", "3"),
    ("石膏15～30克，清热。", "15"),
    ("石膏十五至三十克。", "十五"),
    ("生姜三、五钱，散寒。", "五钱"),
    ("大约叁钱上下。", "叁"),
    ("附子壹两，回阳。", "壹"),
    ("柴胡半斤，黄芩三两。", "半斤"),
    ("人参 10.5 克。", "10.5"),
    ("枸杞½两。", "½"),
    ("陈皮 1/2 茶匙。", "1/2"),
    ("麦冬一又二分之一钱。", "一钱"),
    ("大枣十二枚，生姜五片。", "十二枚"),
    ("水二升，煮取一升。", "升"),
    ("以水七升，去滓。", "七升"),
    ("每次 2 勺，温水化开。", "2"),
    ("每日三次，每次一袋。", "三次"),
    ("一日三次，饭后服用。", "三次"),
    ("一天两回，一回一包。", "两回"),
    ("日服二次。", "二次"),
    ("早晚各一丸。", "一丸"),
    ("早、晚各服一粒。", "一粒"),
    ("睡前 10 毫升。", "10"),
    ("一次5ml，口服。", "5ml"),
    ("每服 250 mg。", "250"),
    ("每次 0.5 g，吞服。", "0.5"),
    ("取三颗，嚼服。", "三颗"),
    ("服用七剂，复诊。", "七剂"),
    ("连服三天，可愈。", "三天"),
    ("连吃 7 天。", "7"),
    ("分三次服完。", "三次"),
    ("顿服，不可久煎。", "顿服"),
    ("研末冲服，效佳。", "冲服"),
    ("共研细末，调匀。", "细末"),
    ("各等份，研成细粉。", "等份"),
    ("诸药等分，为末。", "等分"),
    ("炼蜜为丸，如梧桐子大。", "梧桐子"),
    ("按 2:1 配伍，泡开。", "2:1"),
    ("药量比例为三比二，先煎。", "比例"),
    ("三碗水煎成一碗，温服。", "碗水"),
    ("先煎三十分钟，再下他药。", "三十"),
    ("文火熬至一碗。", "熬至"),
    ("温开水送服，忌生冷。", "送服"),
    ("空腹服用，见效快。", "空腹"),
    ("饭前服半小时。", "饭前服"),
    ("每天一剂，水煎服。", "一剂"),
    ("每周两副，坚持调养。", "两副"),
    ("加三滴姜汁，搅匀。", "三滴"),
    ("吃两袋颗粒。", "两袋"),
    ("喝一支口服液。", "一支"),
    ("服 3 片。", "3"),
    ("用量为9克，不可多。", "9"),
    ("常用三五钱，不可过。", "三五钱"),
    ("川芎壹钱伍分。", "壹钱"),
    ("熟地捌钱。", "捌钱"),
    ("饮片一百二十克。", "一百二十"),
    ("朱砂一分，为衣。", "一分"),
    ("麻黄二两去节，发汗。", "二两"),
    ("一服一钱匕，温酒调下。", "钱匕"),
    ("加水400毫升。", "400"),
    ("泡酒一公斤，密封。", "一公斤"),
    ("温服一盏，取汗。", "一盏"),
    ("调三匙蜂蜜，口感好。", "三匙"),
    ("黄耆壹錢伍分。", "壹錢"),
    ("當歸二兩。", "二兩"),
    ("朱砂⑨克。", "⑨"),
    ("甘草5㎎。", "㎎"),
    ("用10来克。", "10"),
    ("用二十多克。", "二十"),
    ("取五分之一两。", "五分之"),
    ("放两汤勺。", "两汤勺"),
    ("每8小时一次。", "8"),
    ("日三夜一服。", "日三"),
    ("早一晚一，温服。", "早一"),
    ("三日服完。", "三日"),
    ("代茶饮，每日一壶。", "一壶"),
    ("不拘时频服。", "频服"),
    ("文火煎半小时。", "半小时"),
    ("再煮30分钟。", "30"),
    ("各两份，搅匀。", "两份"),
    ("按一比二配好。", "一比二"),
    ("用15克-30克即可。", "-"),
    ("黄芪30，当归6，甘草3。", "30"),
    ("黄芪 30 当归 6。", "6"),
    ("乌梅3\u2060克。", "3"),
    ("Take two grams of it.", "two grams"),
    ("A teaspoon of powder.", "teaspoon"),
    ("Drink it twice a day.", "twice"),
    ("3 times daily is usual.", "3 times"),
]
TITLES = [
    ("本草纲目说黄芪补气。", "本草纲目"),
    ("据神农本草经记载，人参补五脏。", "神农本草经"),
    ("《名医别录》：当归主温中。", "名医别录"),
    ("李时珍曰，甘草调和众药。", "李时珍"),
    ("伤寒论中也说桂枝解肌。", "伤寒论"),
    ("按医宗金鉴所载，此方养血。", "医宗金鉴"),
    ("张仲景指出：阳明宜清。", "张仲景"),
    ("孙思邈云：大医精诚。", "孙思邈"),
    ("本草备要称茯苓利水。", "本草备要"),
    ("正如《脉经》所说，浮为表。", "脉经"),
    ("『伤寒论』云：桂枝解肌。", "伤寒论"),
    ("「本草备要」说茯苓利水。", "本草备要"),
    ("本草纲目里写黄芪补气。", "本草纲目"),
    ("据神农本草经，黄芪补气。", "神农本草经"),
    ("药典规定黄芪补气。", "药典"),
    ("伤寒论第12条说桂枝解肌。", "伤寒论"),
]
STAYS = [
    "穴在脐下三分之一处。",
    "俗话说是药三分毒。",
    "春分前后宜早起。",
    "秋分以后，昼夜均分。",
    "一两句话说不清楚。",
    "两种说法半斤八两。",
    "四两拨千斤，是太极的话。",
    "十分重要的道理。",
    "百合味甘，性寒。",
    "三分治，七分养。",
    "吃七八分饱最好。",
    "五脏六腑各有所主。",
    "六味药合成一方。",
    "十二经脉循行有序。",
    "二十四节气里，立春居首。",
    "一年四季，各有所宜。",
    "一片杏林，传为佳话。",
    "每天早起散步。",
    "每天喝一杯茶也好。",
    "一天三顿饭要按时。",
    "一杯清茶，半日清闲。",
    "古代一两等于十六分之一斤。",
    "汉代一升约合今二百毫升。",
    "伤寒论的作者是张仲景。",
    "本草纲目共有五十二卷。",
    "伤寒论写的是外感病。",
    "伤寒论写于东汉末年。",
    "Ginseng was known as a tonic three times over.",
    "山上有两来年的老树。",
    "李时珍是明代蕲州人。",
    "张仲景著书十六卷。",
    "李时珍说耆就是长。",
    "用清茶调服，是取茶的苦凉。",
    "疼得一次比一次重，要去看医生。",
    "做菜放几片调味。",
    "孙思邈被称为药王。",
    "一分耕耘一分收获。",
    "茶有三分苦，七分甘。",
    "两千年来，代有名家。",
    "一百天叫百日。",
    "三伏天最热。",
    "气血两虚的人怕冷。",
    "升降出入，是气机的常态。",
    "一升一降，贵在平衡。",
    "合欢花可以看。",
    "石膏、石斛、石榴都带石字。",
    "一颗心安静下来。",
    "喝一碗粥暖胃。",
    "饭后百步走。",
    "一日之计在于晨。",
    "每年春天采收。",
    "钱乙是儿科名家。",
    "三钱的钱是旧制的单位。"[3:],
    "一包容，百事宽。",
]


@pytest.mark.parametrize(("raw", "part"), GONE)
def test_doses_and_directions_go(raw: str, part: str) -> None:
    assert part not in clean_reply(f"此药味甘。{raw}")


@pytest.mark.parametrize(("raw", "title"), TITLES)
def test_what_the_model_made_up_is_said_of_no_book_and_no_physician(raw: str, title: str) -> None:
    cleaned = clean_reply(raw)

    assert title not in cleaned
    assert cleaned


@pytest.mark.parametrize("text", STAYS)
def test_words_that_only_look_like_doses_stay(text: str) -> None:
    assert clean_reply(text) == text


def test_the_lists_are_long_enough_to_mean_something() -> None:
    assert len(GONE) >= 60
    assert len(STAYS) >= 40


@given(
    st.lists(
        st.sampled_from(
            [
                *"一二三半两钱克片粒０9/.g～至每服日次煎水末（）《》，。 ",
                "李时珍",
                "曰",
                "等份",
                "毫升",
                "百合",
            ]
        ),
        max_size=24,
    ).map("".join)
)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    cleaned = clean_reply(text)

    assert clean_reply(cleaned) == cleaned
    assert not holds_dose(cleaned)


@pytest.mark.parametrize(
    "unit",
    [
        "一",
        "9",
        "两",
        "每",
        "（",
        "（）",
        "《",
        "a",
        "1 ",
        "，",
        "各",
        "一/",
        "服",
        " ",
        "日",
        "早晚",
        "本草纲目",
        "据",
        "“",
        "a.",
        "\n",
        "。，",
    ],
)
def test_time_grows_with_the_length(unit: str) -> None:
    def seconds(times: int) -> float:
        text, best = (unit * times)[:times], 1e9
        for _ in range(3):
            began = time.process_time()
            without_doses(text)
            DIRECTION.search(text)
            ATTRIBUTION.sub("", text)
            clean_reply(text)
            best = min(best, time.process_time() - began)
        return best

    assert seconds(8_000) <= 10 * max(seconds(2_000), 0.002)
