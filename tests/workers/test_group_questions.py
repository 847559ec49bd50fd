"""Questions grouped by a process of its own, as the desk asks for it."""

from __future__ import annotations

from bot.notes_check import ask_knowledge


def test_groups_come_back_as_places_of_the_questions() -> None:
    found = ask_knowledge(
        "workers.group_questions", ["能停车吗", "能开发票吗", "停车方便吗", "发票\n怎么开"]
    )

    assert found == [[0, 2], [1, 3]]


def test_no_question_makes_no_group() -> None:
    assert ask_knowledge("workers.group_questions", []) == []
