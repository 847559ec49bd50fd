"""The reply that needs no model."""

from __future__ import annotations

from knowledge.answer import answer
from knowledge.find import Finder
from knowledge.found import Band
from knowledge.learn.fitting import elsewhere


def test_a_sure_find_is_copied_and_remembered(finder: Finder) -> None:
    reply = answer(finder, "附子有毒吗")

    assert reply.text == "附子有毒，须由医师斟酌使用，切不可自己乱用。"
    assert (reply.told, reply.subject) == (("row:herbs/附子/毒性",), "row:herbs/附子/毒性")


def test_two_names_are_told_one_by_one(finder: Finder) -> None:
    assert answer(finder, "黄芪和当归的功效").text.count("\n") == 1


def test_what_is_not_sure_is_offered_and_every_tap_finds_its_topic(finder: Finder) -> None:
    replies = [answer(finder, q) for q in ("头一阵阵发晕，站起来更厉害", "熬夜党喝什么茶好")]

    for reply in replies:
        assert reply.found.band == Band.OFFER and not reply.told
        assert 1 <= len(reply.offers) <= 3
        for topic, ask in reply.offers:
            assert f"· {topic}" in reply.text
            tapped = answer(finder, ask)
            assert tapped.found.band == Band.ANSWER
            assert topic.split(" ")[0] in (tapped.found.pieces[0].topic, tapped.text)


def test_of_nothing_nothing_is_said(finder: Finder) -> None:
    replies = [answer(finder, question) for question in elsewhere()]
    nothing = [one for one in replies if one.found.band == Band.PASS]

    assert nothing
    assert all(one.text == "" and not one.offers and not one.subject for one in nothing)
