"""From what stands written to what a follower reads: copied, offered, or nothing."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest

from inference.engine import Completion
from inference.sampling import SamplingConfig
from knowledge.check import Fault
from knowledge.found import Band
from knowledge.library import Library
from tests.folder_account import accounts
from tests.knowledge.library.books import BOOKS, POISONS, make_library
from tests.shipped import TCM
from tests.workers.conftest import SHOP, Talk
from workers.informing import _link
from workers.model_holder import ModelHolder
from xinglin import texts
from xinglin.store import Turn

Begin = Callable[..., Talk]
TAPS = re.compile(r"msgmenucontent=([^&]*)&")


@pytest.mark.parametrize(
    "typed",
    [
        "黄芪是什么味道什么性质",
        "黃芪是什麼味道什麼性質",
        "黄 芪 是 什 么 味 道 什 么 性 质",
        "老师您好，请问黄芪是什么味道什么性质？谢谢😊",
        "黄齐是什么味道什么性质",
        "huangqi是什么味道什么性质",
    ],
)
def test_a_cell_is_told_however_it_is_typed(talk: Begin, typed: str) -> None:
    begun = talk()

    reply = begun.say(typed)

    assert "黄芪味甘，性微温" in reply.text
    assert (begun.last.by, begun.last.wording) == ("cell", "copied")
    assert reply.generated, "the finder had a part in it, so it carries the label"
    assert begun.last.rounds == (), "a table's own sentence needs no model"


def test_follow_ups_go_on_from_the_stored_subject(talk: Begin) -> None:
    begun = talk()

    replies = [begun.say(text).text for text in ("黄芪有什么功效", "那它有毒吗", "当归呢", "谢谢")]

    assert "补气升阳" in replies[0]
    assert replies[1].startswith("黄芪在本草书里一般不列为有毒")
    assert replies[2].startswith("当归在本草书里一般不列为有毒")
    assert "客气" in replies[3]
    assert begun.history[2].about == '["row:herbs/当归/毒性"]'


def test_the_same_question_gets_the_same_answer(talk: Begin) -> None:
    begun = talk()

    for text in ("睡不着怎么办", "足三里在哪", "睡不着怎么办"):
        begun.say(text)
    first, _, again = (told.answer for told in begun.told)

    assert first is not None
    assert again is not None
    assert first.told == again.told


def test_a_name_of_which_nothing_stands_is_not_answered_from_the_one_before(talk: Begin) -> None:
    begun = talk()
    begun.say("附子有什么功效")

    nothing, after = begun.say("赤石脂有什么功效"), begun.say("它归什么经")

    assert nothing.text.startswith(TCM.texts.not_found)
    assert begun.told[1].by == "nothing"
    assert "附子" not in after.text
    assert begun.history[1].about == '["lacking:赤石脂"]'
    assert [turn.by for turn in begun.history] == [told.by for told in begun.told]


def test_what_is_not_sure_is_offered_as_links_that_find_it(talk: Begin) -> None:
    begun = talk()
    asked = (
        "肚子里咕噜咕噜地叫",
        "整个人提不起劲",
        "我今天吃了火锅",
        "最近手有点抖",
        "耳朵里有声音",
    )
    offered = next(text for text in asked if (begun.say(text), begun.last.by)[1] == "offered")

    reply = talk().say(offered)
    taps = [unquote(one) for one in TAPS.findall(reply.text)]

    assert 1 <= len(taps) <= 3
    assert "<a" not in begun.history[-1].assistant
    for tap in taps:
        tapped = talk()
        tapped.say(tap)
        assert tapped.last.answer is not None
        assert tapped.last.answer.found.band == Band.ANSWER


def test_blocked_words_stand_in_no_offer(talk: Begin) -> None:
    asked = "按哪里能缓解头疼"
    offered = talk().say(asked)
    begun = talk(blocked=(unquote(TAPS.findall(offered.text)[0]), "头痛"))

    assert "<a" in offered.text
    assert begun.say(asked).text.startswith(TCM.texts.not_found)


def test_three_long_topics_fit_into_one_bubble() -> None:
    long = "一个很长很长的题目" * 40
    links = "\n".join(_link(long, long) for _ in range(3))

    assert len(f"{TCM.texts.offered}\n{links}\n{TCM.label}".encode()) < 2040


def test_a_question_about_another_world_is_not_answered(talk: Begin) -> None:
    begun = talk(str(SHOP))

    reply = begun.say("怎么用三角函数算斜边？")

    assert reply.text.startswith(accounts(str(SHOP)).texts.not_found)
    assert begun.last.rounds == (), "no model is asked what nobody wrote down"


def test_small_talk_of_the_model_claims_nothing(talk: Begin) -> None:
    begun = talk()

    reply = begun.say("外面下大雨了")

    drafts = begun.last.rounds[0].drafts
    assert begun.last.by == "talk"
    assert len(drafts) == 3
    for draft in drafts:
        assert draft.verdict is None or draft.verdict.passes == bool(draft.shown)
    if begun.last.wording == "fixed":
        assert reply.text.startswith(TCM.texts.listening)


def test_an_owners_figures_are_told_as_they_stand(talk: Begin) -> None:
    begun = talk(str(SHOP))

    assert "还有6斤" in begun.say("龙井还有货吗").text
    assert begun.last.wording == "copied"
    assert "平江路128号" in begun.say("你们店的地址在哪").text, (
        "copied or written, the figure stays"
    )


def test_a_draft_of_which_grams_were_cut_gives_way_to_the_note(talk: Begin, tmp_path: Path) -> None:
    folder = tmp_path / "teas"
    (folder / "knowledge").mkdir(parents=True)
    notes = "问：红茶怎么泡\n答：红茶用90度左右的水，5克茶，头几泡十秒出汤。\n"
    (folder / "knowledge" / "tea.md").write_text(notes, "utf-8")

    assert "5克茶" in talk(str(folder)).say("红茶怎么泡").text


def test_what_may_not_be_shown_is_not_copied(talk: Begin) -> None:
    begun = talk(blocked=("补气升阳",))

    reply = begun.say("黄芪有什么功效")

    assert (reply.text, reply.generated) == (TCM.texts.not_found, False)
    assert begun.history == []


def test_a_poison_is_told_with_its_warning(talk: Begin) -> None:
    reply = talk().say("细辛是什么味")

    assert "细辛" in reply.text
    assert "有毒" in reply.text or "小毒" in reply.text


def test_who_sounds_despairing_is_told_of_the_helpline(talk: Begin) -> None:
    assert talk().say("感觉自己烂透了，不配有人对我好").text.endswith(texts.HELPLINE)


def test_a_conversation_with_an_earlier_version_goes_on(talk: Begin) -> None:
    begun = talk()
    begun.history.append(Turn("黄芪有什么功效", "黄芪补气。", 1.0))

    assert begun.say("那它有毒吗").text.startswith("黄芪在本草书里一般不列为有毒")


def test_a_question_of_two_thousand_characters_is_answered_in_time(talk: Begin) -> None:
    begun = talk()

    begun.say("我想问一下黄芪这味药到底好不好" * 140)

    assert begun.last.find_s < 0.5
    assert Fault.CLAIMS_MEDICINE not in [
        reason.fault for one in begun.last.rounds for d in one.drafts if d.shown
        for reason in (d.verdict.reasons if d.verdict else ())
    ]  # fmt: skip


class Writer:
    """Stands where a model that reads evidence does, and writes what it is told to."""

    def __init__(self, holder: ModelHolder, *drafts: str) -> None:
        real = holder.current.engine.checkpoint
        self.checkpoint = replace(real, config=replace(real.config, evidence=True))
        self._drafts, self.prompts = itertools.cycle(drafts), list[str]()

    def submit(self, prompt: bytes, sampling: SamplingConfig, deadline_s: float = 0.0) -> Any:
        text = next(self._drafts)
        data = text.encode(self.checkpoint.codec)
        self.prompts.append(prompt.decode(self.checkpoint.codec))
        done = Completion(data, text, "end", len(prompt), 0.01, 0.01, 2.0)
        return SimpleNamespace(result=lambda timeout_s: done, discard=lambda: None)

    def close(self) -> None:
        pass


def test_a_draft_that_tells_the_evidence_is_shown_and_what_strays_is_not(
    talk: Begin, holder: ModelHolder
) -> None:
    false = "隔夜茶有剧毒，喝了会致癌。"
    plain = talk(str(SHOP)).say("包不包邮").text
    told = plain.rstrip("。") + "呢。"
    writer = Writer(holder, false, told, false)
    begun = talk(str(SHOP), holder=ModelHolder(writer, "reader", 0))  # type: ignore[arg-type]

    reply = begun.say("包不包邮")

    assert reply.text == told
    assert (begun.last.by, begun.last.wording) == ("note", "written")
    assert [draft.fault for draft in begun.last.rounds[0].drafts] == ["unfounded", "", "unfounded"]
    assert all(prompt.startswith(f"\x05{plain[:8]}") for prompt in writer.prompts)
    assert all(prompt.endswith("\x02包不包邮\x03") for prompt in writer.prompts)


def test_a_slip_of_copying_is_set_right(talk: Begin, holder: ModelHolder) -> None:
    plain = talk(str(SHOP)).say("包不包邮").text
    slipped = plain.replace("顺丰", "顺锋")
    begun = talk(str(SHOP), holder=ModelHolder(Writer(holder, slipped), "reader", 0))  # type: ignore[arg-type]

    assert begun.say("包不包邮").text == plain
    assert begun.last.wording == "written"
    assert {draft.fault for draft in begun.last.rounds[0].drafts} == {"mended"}


@pytest.mark.parametrize("draft", ["隔夜茶有剧毒。", "这个我这里没有写到，不好乱说。", "", "。"])
def test_where_no_draft_passes_the_note_is_copied(
    talk: Begin, holder: ModelHolder, draft: str
) -> None:
    plain = talk(str(SHOP)).say("包不包邮").text
    begun = talk(str(SHOP), holder=ModelHolder(Writer(holder, draft), "reader", 0))  # type: ignore[arg-type]

    assert begun.say("包不包邮").text == plain
    assert (begun.last.by, begun.last.wording) == ("note", "copied")
    assert len(begun.last.rounds[0].drafts) == 3


def test_a_cell_is_copied_whatever_the_model_can_do(talk: Begin, holder: ModelHolder) -> None:
    begun = talk(str(SHOP), holder=ModelHolder(Writer(holder, "龙井很好。"), "reader", 0))  # type: ignore[arg-type]

    assert "1280元" in begun.say("龙井多少钱").text
    assert begun.last.rounds == ()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(make_library(tmp_path), POISONS) as opened:
        yield opened


def test_what_no_note_tells_is_quoted_from_the_library_word_for_word(
    talk: Begin, library: Library
) -> None:
    begun = talk(str(SHOP), library=library)

    reply = begun.say("古书怎么说不寐？")

    assert begun.last.by == "library"
    quoted = re.search("「(.*)」——《(.*)》（(.*)）", reply.text, re.DOTALL)
    assert quoted is not None
    assert quoted[1] in "".join(BOOKS.values()).replace("\n", "")
    assert quoted[2] in {"青竹医经", "竹窗医话"}
    assert reply.generated

    assert "三钱" not in begun.say("青竹汤怎么煎？").text
    assert begun.say("怎么用三角函数算斜边？").text.startswith("这个我不知道")


def test_the_source_of_the_last_answer_is_told(talk: Begin, library: Library) -> None:
    begun = talk(library=library)
    begun.say("睡不着怎么办")

    assert "睡不着" in begun.say("出处").text
    assert "本号整理的资料" in begun.say("出处").text
    original = begun.say("原文")
    assert begun.last.by == "library"
    assert "不寐" in original.text
    assert "」——《" in original.text

    begun.say("桂枝汤治什么")
    assert "张仲景" in begun.say("出处").text, "a table's column of that name comes first"
    assert talk().say("出处").text != ""


@pytest.mark.parametrize(
    "asked", ["降压药和茶能一起喝吗", "我在吃降压药", "白毫银针每次放几克", "给我开个方子"]
)
def test_what_a_doctor_would_be_asked_is_no_small_talk_and_no_quotation(
    talk: Begin, tmp_path: Path, asked: str
) -> None:
    with Library(make_library(tmp_path), POISONS) as library:
        begun = talk(str(SHOP), library=library)

        begun.say(asked)

    assert begun.last.by in ("nothing", "offered", "note", "cell", "card")
    assert begun.last.rounds == (), "the model has no part in it"


def test_an_owners_note_on_measures_is_copied_with_them(talk: Begin, tmp_path: Path) -> None:
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "account.toml").write_text('name = "茶铺"\nmedical = false\n', "utf-8")
    note = "问：大红袍一泡放几克\n答：大红袍用量：一泡八克，水要刚烧开的。\n"
    (tmp_path / "knowledge" / "faq.txt").write_text(note, "utf-8")
    begun = talk(str(tmp_path))

    assert "八克" in begun.say("大红袍一次放多少克").text
    assert (begun.last.by, begun.last.wording) == ("note", "copied")
    assert begun.last.rounds == ()
