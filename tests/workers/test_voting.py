"""A reply's drafts, as a vote on it keeps them."""

from __future__ import annotations

from collections.abc import Callable

from tests.workers.conftest import SHOP, Talk
from tests.workers.test_informing import Writer
from workers.model_holder import ModelHolder
from workers.voting import vote_on
from xinglin.store.records import Claim

Begin = Callable[..., Talk]
CLAIM = Claim("u" * 24, "t", "m1", "o1", "包不包邮", 1)
FALSE = "隔夜茶有剧毒，喝了会致癌。"


def test_question_evidence_and_all_drafts_are_kept(talk: Begin, holder: ModelHolder) -> None:
    plain = talk(str(SHOP)).say("包不包邮").text
    writer = ModelHolder(Writer(holder, FALSE, plain, plain), "reader", 0)  # type: ignore[arg-type]
    begun = talk(str(SHOP), holder=writer)
    begun.say("包不包邮")

    vote = vote_on(CLAIM, writer.current, begun.last)

    assert vote is not None
    assert (vote.question, vote.message_id, vote.ranker) == ("包不包邮", "m1", 0)
    assert vote.model.startswith("reader@")
    assert [one.text for one in vote.drafts] == ["", plain, plain]
    assert [one.fault for one in vote.drafts] == ["unfounded", "", ""]
    assert vote.shown.text == plain
    assert vote.shown.coverage > 0.9
    assert vote.shown.bits > 0
    assert len(vote.evidence) == 1


def test_where_the_model_did_not_write_from_evidence_there_is_nothing_to_learn(
    talk: Begin, holder: ModelHolder
) -> None:
    begun = talk()

    for text in ("黄芪是什么味", "怎么用三角函数算斜边？"):
        begun.say(text)
        assert vote_on(CLAIM, holder.current, begun.last) is None, text
