"""`xinglin init` and `xinglin account`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Command
from tests.conftest import close_store
from tests.xinglin.account.shop import TOML, write_shop
from xinglin.account import AccountHolder, find_folder, read_bundle
from xinglin.settings import Settings
from xinglin.store import Store

pytestmark = pytest.mark.redis


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write_shop(tmp_path / "shop")


@pytest.fixture
def web(settings: Settings, shop: Path) -> Iterator[AccountHolder]:
    """A web process of a service that is running."""
    store = Store.open(settings)
    holder = AccountHolder(replace(settings, account=str(shop)), store, "web")
    holder.start()
    yield holder
    close_store(store)


def test_init_writes_an_account_that_can_be_published(bare: Command, tmp_path: Path) -> None:
    folder = tmp_path / "mine"

    made = bare("init", str(folder), "--name", "我的店")
    checked = bare("account", "check", str(folder))

    assert made.code == 0
    assert f"XINGLIN_ACCOUNT={folder}" in made.out
    assert checked.code == 0
    assert "我的店, 0 rules, 2 files of notes" in checked.out
    assert "warning" not in checked.out
    again = bare("init", str(folder))
    assert again.code == 2
    assert "is there already and not empty" in again.err


def test_init_begins_with_another_account(bare: Command, tmp_path: Path) -> None:
    assert bare("init", str(tmp_path / "a"), "--from", "tcm").code == 0
    assert read_bundle(tmp_path / "a") == read_bundle(find_folder("tcm"))
    assert "nobody" in bare("init", str(tmp_path / "b"), "--from", "nobody").err


def test_a_mistake_is_told_in_both_languages_and_publishes_nothing(
    xinglin: Command, shop: Path, store: Store
) -> None:
    write_shop(shop, TOML.replace('match = "菜单"', 'macht = "菜单"'))

    for verb in ("check", "publish"):
        ended = xinglin("account", verb, str(shop))
        assert ended.code == 1
        assert re.search(
            r"account.toml, line \d+, reply 6, macht: there is no such key; did you mean match\?",
            ended.out,
        )
        assert "没有这个键；是不是 match？" in ended.out
    assert store.accounts.current() == (0, "")


def test_notes_that_cannot_be_read_are_a_mistake_too(bare: Command, shop: Path) -> None:
    (shop / "knowledge" / "list.csv").write_text("question,answer\n有茶吗\n")

    ended = bare("account", "check", str(shop))

    assert ended.code == 1
    assert "knowledge/list.csv, line 2: a question and an answer are needed" in ended.out
    assert "knowledge/list.csv 第 2 行：要有问题也要有回答" in ended.out


def test_notes_that_differ_and_files_that_nobody_reads_are_warnings(
    bare: Command, shop: Path
) -> None:
    notes = shop / "knowledge"
    (notes / "a.csv").write_text("问,答\n能刷卡吗,可以刷卡。\n", "utf-8")
    (notes / "b.txt").write_text("问：能刷卡吗？\n答：只收现金。\n", "utf-8")
    (notes / "价目.xlsx").write_bytes(b"PK")
    (notes / "说明.pdf").write_bytes(b"%PDF")

    ended = bare("account", "check", str(shop))

    assert ended.code == 0
    assert (
        "warning: b.txt, line 1: '能刷卡吗？' is answered otherwise in a.csv, line 2" in ended.out
    )
    assert "注意：b.txt 第 1 行：“能刷卡吗？”在 a.csv 第 2 行 有不同的回答" in ended.out
    assert "价目.xlsx：不会读取；请另存为 .csv" in ended.out
    assert "说明.pdf: not read; save it as .txt" in ended.out


def test_publish_waits_until_every_process_took_it(
    xinglin: Command, shop: Path, web: AccountHolder
) -> None:
    web.look()
    ended = xinglin("account", "publish", str(shop), "--by", "店长")

    assert ended.code == 0, ended.out
    assert "version 1 published" in ended.out
    assert re.search(r"web \S+: took it", ended.out)
    assert web.number == 1
    again = xinglin("account", "publish", str(shop))
    assert "version 1 is served already, unchanged" in again.out


def test_a_process_that_does_not_answer_is_named(
    xinglin: Command, shop: Path, store: Store, settings: Settings
) -> None:
    AccountHolder(replace(settings, account=str(shop)), store, "worker").look()

    ended = xinglin("account", "publish", str(shop), "--timeout", "0.3")

    assert ended.code == 1
    assert "has not answered after 0.3 s" in ended.out


def test_the_second_of_two_owners_is_told(xinglin: Command, shop: Path, tmp_path: Path) -> None:
    other = write_shop(tmp_path / "other", TOML.replace("0571-1", "0571-2"))
    assert xinglin("account", "publish", str(shop), "--by", "王").code == 0
    assert xinglin("account", "pull", str(other), "--force").code == 0
    write_shop(shop, TOML.replace("0571-1", "0571-3"))
    assert xinglin("account", "publish", str(shop), "--by", "王").code == 0
    write_shop(other, TOML.replace("0571-1", "0571-4"))

    told = xinglin("account", "publish", str(other), "--by", "李")

    assert told.code == 2
    assert (
        "version 2 was published by 王 meanwhile, and this change was made on version 1" in told.err
    )
    assert "由 王 发布" in told.err
    assert xinglin("account", "publish", str(other), "--force").code == 0


def test_status_shows_versions_and_processes(
    xinglin: Command, shop: Path, web: AccountHolder
) -> None:
    empty = xinglin("account", "status", account=str(shop))
    assert f"nothing was published; each process serves {shop}" in empty.out
    xinglin("account", "publish", str(shop), "--by", "店长")

    ended = xinglin("account", "status")

    assert re.search(r"\* version 1  \d{4}-\d\d-\d\d \d\d:\d\d  店长  folder  山前茶铺", ended.out)
    assert re.search(r"web \S+: serves version 1", ended.out)


def test_rollback_goes_back_and_says_so(xinglin: Command, shop: Path, web: AccountHolder) -> None:
    assert "no version was published yet" in xinglin("account", "rollback").err
    xinglin("account", "publish", str(shop))
    xinglin("account", "publish", str(write_shop(shop, TOML.replace("山前", "山后"))))

    ended = xinglin("account", "rollback")

    assert ended.code == 0
    assert "version 1 is served again, as version 3" in ended.out
    assert web.current.name == "山前茶铺"


def test_too_large_is_refused_with_the_limit(bare: Command, shop: Path) -> None:
    with (shop / "knowledge" / "big.csv").open("wb") as file:
        file.truncate(50_000_000)

    ended = bare("account", "check", str(shop))

    assert ended.code == 1
    assert "32 MiB" in ended.out


def test_ask_says_which_rule_answers(bare: Command, shop: Path) -> None:
    ended = bare("ask", "地址", "有白茶吗", account=str(shop))

    assert "rule       1 (地址), match 地址" in ended.out
    assert "山前路 8 号" in ended.out
    assert "reply      有福鼎白茶。" in ended.out
    assert bare("ask", "店里电话", account=str(shop)).code == 0


def test_the_menu_of_the_account_is_pushed(bare: Command, shop: Path) -> None:
    ended = bare("menu", "push", "--dry-run", account=str(shop))

    assert ended.code == 0
    assert "the account has a menu of 1 button(s)" in ended.out
    write_shop(shop, TOML.split("[[menu]]")[0])
    assert "has no [[menu]]" in bare("menu", "push", "--dry-run", account=str(shop)).err
