"""What an account says against itself is named with both places."""

from __future__ import annotations

from pathlib import Path

from knowledge.contradictions import find_contradictions
from knowledge.notes import Knowledge
from knowledge.reading import read_folder

HERBS = "name,aliases,味,性,归经,毒性\n附子,,辛,大热,心、肾,有毒\n乌头,附子,辛,热,心,有毒\n"


def test_notes_tables_and_fixed_texts_are_held_against_each_other(tmp_path: Path) -> None:
    (tmp_path / "herbs.csv").write_text(HERBS, "utf-8")
    (tmp_path / "a.txt").write_text("问：几点开门\n答：九点。\n\n附子无毒，性寒。\n", "utf-8")
    (tmp_path / "b.txt").write_text("问：几点开门？\n答：十点。\n", "utf-8")

    found = find_contradictions(read_folder(tmp_path), {"greeting": "附子没有毒。"})

    assert len(found) == 5
    assert any("b.txt, line 1" in one and "a.txt, line 1" in one for one in found)
    assert any("the name '附子' stands also in herbs.csv, line 2" in one for one in found)
    assert any(
        one.startswith("a.txt, line 4: '无毒'") and "herbs.csv, line 2" in one for one in found
    )
    assert any(one.startswith("a.txt, line 4: '性寒'") for one in found)
    assert any(one.startswith("greeting: '没有毒'") for one in found)


def test_two_tables_that_differ_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name,价格\n龙井,100元\n", "utf-8")
    (tmp_path / "b.csv").write_text("name,价格\n龙井,120元\n", "utf-8")

    (found,) = find_contradictions(read_folder(tmp_path))

    assert found == "b.csv, line 2: 龙井 价格 is '100元' in a.csv, line 2, here '120元'"


def test_the_accounts_own_notes_agree(tcm: Knowledge) -> None:
    found = [one for one in find_contradictions(tcm) if not one.startswith("talk.jsonl")]

    assert found == []
