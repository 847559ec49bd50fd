"""An account's contradictions are named with both places."""

from __future__ import annotations

from pathlib import Path

from knowledge.contradictions import find_conflicts, find_contradictions
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


def test_a_note_that_is_asked_for_a_cell_must_tell_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "名称,别名,价格|多少钱,产地,尺寸\n青花碗,大碗,68元,江西景德镇,\n白瓷盘,,30元,福建德化,\n",
        "utf-8",
    )
    (tmp_path / "q.csv").write_text(
        "问,答\n青花碗多少钱,一只58元。\n大碗的产地是哪里,产自江西。\n白瓷盘价格,30元一只\n"
        "白瓷盘的产地,河北唐山。\n青花碗尺寸,直径15厘米。\n",
        "utf-8",
    )

    found = find_conflicts(read_folder(tmp_path))

    assert len(found) == 2
    assert found[0].startswith("q.csv, line 2: '青花碗多少钱' is answered without '68元'")
    assert "t.csv, line 2" in found[0] and "t.csv 第 2 行" in found[0].zh
    assert found[1].startswith("q.csv, line 5") and "福建德化" in found[1].zh


def test_the_accounts_own_tables_and_notes_agree_on_their_cells(tcm: Knowledge) -> None:
    assert find_conflicts(tcm) == []
