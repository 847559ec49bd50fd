"""A ranker chooses among drafts that passed, and nothing it prefers passes for that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from knowledge.ranker import NAMED, SIZE, Ranker
from tests.workers.conftest import SHOP, Talk
from tests.workers.test_informing import Writer
from workers.choosing import surest
from workers.measuring import measure
from workers.model_holder import ModelHolder
from xinglin.store import Store

Begin = Callable[..., Talk]
FALSE = "隔夜茶有剧毒，喝了会致癌，大家千万千万不要喝，这是真的，一定要记住，千万千万。"


def liking(length: float) -> Ranker:
    """A ranker that likes long drafts, or short ones."""
    weights = (0.0, 0.0, 0.0, length, *(0.0,) * (SIZE - len(NAMED)))
    return Ranker(4, (0.0,) * 4, (1.0,) * 4, weights, 0.0)


def shop(talk: Begin, holder: ModelHolder, ranker: Ranker | None, *drafts: str) -> Talk:
    writer = ModelHolder(Writer(holder, *drafts), "reader", 0)  # type: ignore[arg-type]
    begun = talk(str(SHOP), holder=writer, ranker=ranker)
    begun.say("包不包邮")
    return begun


def test_it_takes_the_draft_that_followers_like_and_says_so(
    talk: Begin, holder: ModelHolder, store: Store
) -> None:
    plain = talk(str(SHOP)).say("包不包邮").text.rstrip("。")
    drafts = f"{plain}。", f"{plain}呢。"

    by_rule = shop(talk, holder, None, *drafts).last
    long = shop(talk, holder, liking(1.0), *drafts).last
    short = shop(talk, holder, liking(-1.0), *drafts).last

    assert (short.text, long.text) == (drafts[0], drafts[1])
    assert by_rule.text == drafts[1], "equal surprise: the longer has less of it a character"
    assert (by_rule.ranker, by_rule.reranked) == (0, False)
    assert (long.ranker, long.reranked) == (4, False)
    assert (short.ranker, short.reranked) == (4, True)
    for told in (by_rule, long, short):
        measure(store.metrics, told)
    store.metrics.flush()
    readings = store.readings()
    assert readings.count("ranked", "another") == 1
    assert readings.count("ranked", "the_same") == 1


def test_it_never_shows_what_the_check_refused(talk: Begin, holder: ModelHolder) -> None:
    plain = talk(str(SHOP)).say("包不包邮").text

    one_passes = shop(talk, holder, liking(9.0), FALSE, plain, FALSE).last
    none_passes = shop(talk, holder, liking(9.0), FALSE).last

    assert one_passes.text == plain
    assert one_passes.wording == "written"
    assert (none_passes.text, none_passes.wording) == (plain, "copied")


def test_it_chooses_no_draft_of_which_something_was_cut(talk: Begin, holder: ModelHolder) -> None:
    plain = talk(str(SHOP)).say("包不包邮").text
    drafts = shop(talk, holder, None, plain).last.rounds[0].drafts
    assert surest("包不包邮", drafts) >= 0

    cut = [replace(one, fault="cut") for one in drafts]
    assert surest("包不包邮", cut, liking(1.0)) == -1
    assert surest("包不包邮", []) == -1
