"""Notes on the desk: listed, searched, written, uploaded, edited in their files, and removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.desk.publishing import current_draft
from bot.services import current_services
from tests.bot.desk.conftest import Desk
from tests.bot.signing import AUTH
from xinglin.account.bundle import UNPACKED_BYTES
from xinglin.store import Store

pytestmark = pytest.mark.redis
PAIRS = "问,答\n几点开门,九点开门\n开门时间,九点开门\n能停车吗,门口可以停\n"
PRICES = "名称,价格|多少钱,产地\n龙井,88元,杭州\n白茶,66元,福鼎\n"
PROSE = "# 关于我们\n\n问：老板是谁\n答：王先生。\n\n问：开了多久\n答：十年了。\n\n## 送货\n同城当天送到。\n"


@pytest.fixture
def folder(folder: Path) -> Path:
    knowledge = folder / "knowledge"
    (knowledge / "faq.txt").unlink()
    (knowledge / "talk.txt").unlink()
    (knowledge / "pairs.csv").write_bytes(PAIRS.encode("gb18030"))
    (knowledge / "prices.csv").write_text(PRICES, "utf-8-sig")
    (knowledge / "about.md").write_text(PROSE, "utf-8")
    (knowledge / "more.jsonl").write_text(
        '{"topic": "退货", "questions": ["怎么退"], "answers": ["七天内可退。"], "old": ["x"]}\n',
        "utf-8",
    )
    return folder


def file(desk: Desk, name: str) -> bytes:
    with desk.client.application.app_context():
        return current_draft(current_services()).bundle.knowledge[name]


def one(desk: Desk, name: str, line: int) -> Any:
    query = {"file": name, "line": line}
    return desk.client.get("/admin/desk/notes/one", headers=AUTH, query_string=query).json


def edit(desk: Desk, name: str, line: int, values: Any, method: str = "PUT") -> Any:
    was = one(desk, name, line)["mark"]
    return desk.send(method, "notes/one", file=name, line=line, was=was, values=values)


def upload(desk: Desk, name: str, raw: bytes, **query: Any) -> Any:
    asked = {"base": desk.base, "by": "王店主", **query}
    answer = desk.client.put(
        f"/admin/desk/notes/files/{name}", headers=AUTH, query_string=asked, data=raw
    )
    if answer.status_code == 200:
        desk.base = answer.json["version"]
    return {**answer.json, "code": answer.status_code}


def test_every_note_is_listed_and_found_by_its_words(desk: Desk) -> None:
    whole = desk.page("notes")
    for told in (
        "九点开门",
        "龙井",
        "价格：88元",
        "王先生",
        "同城当天送到",
        "七天内可退",
        "pairs.csv:2",
    ):
        assert told in whole, told

    assert "龙井" in desk.page("notes", q="88元 杭州")
    assert "王先生" not in desk.page("notes", q="88元")
    assert "七天内" in desk.page("notes", q="退貨")
    assert "没有找到" in desk.page("notes", q="不存在的词")
    assert "王先生" not in desk.page("notes", file="prices.csv")


def test_a_note_is_written_into_the_desks_own_file(desk: Desk, store: Store) -> None:
    for question in ("有包间吗", "能刷卡吗"):
        desk.send(
            "POST", "notes", questions=[question, f"{question}呀"], answers=["有。"], source="店规"
        )

    assert file(desk, "desk.jsonl").decode().count("\n") == 2
    assert one(desk, "desk.jsonl", 2)["values"] == {
        "topic": "能刷卡吗", "questions": ["能刷卡吗", "能刷卡吗呀"], "answers": ["有。"], "source": "店规",
    }  # fmt: skip
    assert store.accounts.versions()[0].number == 3


def test_a_pair_is_edited_with_all_its_questions_and_the_other_rows_stay(desk: Desk) -> None:
    assert one(desk, "pairs.csv", 2)["values"]["questions"] == ["几点开门", "开门时间"]

    edit(
        desk,
        "pairs.csv",
        2,
        {"questions": ["几点开门", "什么时候开", "周日开吗"], "answers": ["八点，\n周日也开"]},
    )

    raw = file(desk, "pairs.csv")
    assert raw.startswith(b"\xef\xbb\xbf"), "a spreadsheet knows UTF-8 by it"
    assert raw.decode("utf-8-sig") == (
        '问,答\n几点开门,"八点，\n周日也开"\n什么时候开,"八点，\n周日也开"\n周日开吗,"八点，\n周日也开"\n能停车吗,门口可以停\n'
    )


def test_a_row_of_a_table_is_edited_cell_by_cell(desk: Desk) -> None:
    assert one(desk, "prices.csv", 2)["values"]["cells"][1] == ["价格|多少钱", "88元"]

    edit(desk, "prices.csv", 2, {"cells": ["龙井", "99元", "杭州"]})
    edit(desk, "prices.csv", 3, None, "DELETE")

    assert file(desk, "prices.csv").decode("utf-8-sig") == "名称,价格|多少钱,产地\n龙井,99元,杭州\n"


def test_a_record_keeps_the_keys_that_the_form_does_not_show(desk: Desk) -> None:
    edit(
        desk,
        "more.jsonl",
        1,
        {"topic": "退货", "questions": ["怎么退", "能退吗"], "answers": ["三天。"]},
    )

    text = file(desk, "more.jsonl").decode()
    assert '"questions": ["怎么退", "能退吗"], "answers": ["三天。"], "old": ["x"]' in text


def test_prose_is_edited_between_its_neighbours(desk: Desk) -> None:
    assert one(desk, "about.md", 3)["values"]["text"] == "问：老板是谁\n答：王先生。"

    edit(desk, "about.md", 3, {"text": "问：老板是谁\n问：谁是老板\n答：李女士。"})
    edit(desk, "about.md", 11, {"text": "隔天送到。"})

    assert file(desk, "about.md").decode() == PROSE.replace(
        "答：王先生。", "问：谁是老板\n答：李女士。"
    ).replace("同城当天送到。", "隔天送到。")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_a_table_is_taken_as_a_spreadsheet_saves_it(desk: Desk, encoding: str) -> None:
    raw = "问,答\r\n有红茶吗,有正山小种\r\n".encode(encoding)

    assert upload(desk, "茶.csv", raw)["code"] == 200

    assert "正山小种" in desk.page("notes", q="红茶")
    assert file(desk, "茶.csv") == raw, "the owner gets back what was uploaded"


def test_a_file_with_a_broken_row_names_it_and_none_is_taken(desk: Desk, store: Store) -> None:
    broken = upload(desk, "bad.csv", "问,答\n有红茶吗,有\n有绿茶吗\n".encode())

    assert broken["code"] == 400
    assert broken["problems"][0]["zh"].startswith("bad.csv 第 3 行")
    assert broken["problems"][0]["en"].startswith("bad.csv, line 3")
    assert store.accounts.current()[0] == 0


def test_fifty_megabytes_are_refused_with_the_limit(desk: Desk) -> None:
    found = upload(desk, "big.txt", b"x" * (50 << 20))

    assert found["code"] == 400
    assert "32 MiB" in found["problems"][0]["zh"]
    together = upload(desk, "half.txt", b"x" * (UNPACKED_BYTES - 10))
    assert together["code"] == 400, "with the notes that are there it is too much"


@pytest.mark.parametrize(
    "name", ["a.xlsx", "a", ".hidden.txt", "..%2Fx.txt", "a%2Fb.txt", "a%00.txt"]
)
def test_other_files_are_refused_with_what_to_do(desk: Desk, name: str) -> None:
    found = upload(desk, name, b"x")

    assert found["code"] == 400
    assert "CSV" in found["problems"][0]["zh"]


def test_a_file_is_replaced_only_by_who_says_so_and_removed(desk: Desk) -> None:
    assert "已经有" in upload(desk, "pairs.csv", b"x")["problems"][0]["zh"]

    assert upload(desk, "pairs.csv", "问,答\n新问,新答\n".encode(), replace=1)["code"] == 200
    assert "新答" in desk.page("notes")
    assert desk.send("DELETE", "notes/files/pairs.csv")["code"] == 200
    assert "新答" not in desk.page("notes")
    assert desk.send("DELETE", "notes/files/pairs.csv")["code"] == 400


def test_a_note_that_somebody_changed_meanwhile_is_not_overwritten(desk: Desk) -> None:
    was = one(desk, "prices.csv", 2)["mark"]
    edit(desk, "prices.csv", 2, {"cells": ["龙井", "99元", "杭州"]})

    late = desk.send("PUT", "notes/one", file="prices.csv", line=2, was=was,
                     values={"cells": ["龙井", "1元", "杭州"]})  # fmt: skip

    assert late["code"] == 400
    assert "99元" in desk.page("notes")


def test_a_note_without_an_answer_is_refused(desk: Desk) -> None:
    assert (
        "回答" in desk.send("POST", "notes", questions=["有吗"], answers=[" "])["problems"][0]["zh"]
    )
    for sent in ({"questions": "x"}, {"questions": ["x"], "answers": [1]}, {"source": 3}):
        assert desk.send("POST", "notes", **sent)["code"] == 400


def test_a_file_is_handed_out_as_it_is(desk: Desk) -> None:
    answer = desk.client.get("/admin/desk/notes/files/pairs.csv", headers=AUTH)

    assert answer.data == PAIRS.encode("gb18030")
    assert "attachment" in answer.headers["Content-Disposition"]
