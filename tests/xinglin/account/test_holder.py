"""Version of the account that a process serves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.xinglin.account.shop import TOML, write_shop
from xinglin.account import AccountHolder, read_bundle
from xinglin.account.publish import publish_bundle
from xinglin.errors import AccountError, SettingsError
from xinglin.settings import Settings
from xinglin.store import Store

pytestmark = pytest.mark.redis


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write_shop(tmp_path / "shop")


@pytest.fixture
def own(settings: Settings, shop: Path, tmp_path: Path) -> Settings:
    return replace(settings, account=str(shop), var=tmp_path / "var")


def publish(store: Store, folder: Path) -> int:
    return publish_bundle(store.accounts, read_bundle(folder), base=None, by="甲").number


def test_without_a_version_the_folder_serves(own: Settings, store: Store, shop: Path) -> None:
    holder = AccountHolder(own, store, "web")

    assert (holder.current.name, holder.number) == ("山前茶铺", 0)
    assert holder.folder() == shop


def test_while_redis_is_away_the_folder_serves(own: Settings) -> None:
    store = Store.open(replace(own, redis_url="redis://127.0.0.1:1/0"))

    assert AccountHolder(own, store, "web").current.name == "山前茶铺"


def test_a_published_version_is_taken_and_told(own: Settings, store: Store, shop: Path) -> None:
    holder = AccountHolder(own, store, "worker")
    holder.look()
    publish(store, write_shop(shop, TOML.replace("山前", "山后")))

    holder.look()

    assert (holder.current.name, holder.number) == ("山后茶铺", 1)
    [row] = store.accounts.processes()
    assert (row.kind, row.number, row.digest) == ("worker", 1, holder.current.digest)
    assert holder.current.digest == read_bundle(shop).digest
    assert AccountHolder(own, store, "web").number == 1, "who starts later begins with it"


def test_the_notes_of_a_version_are_written_out_once(
    own: Settings, store: Store, shop: Path, tmp_path: Path
) -> None:
    publish(store, shop)
    (shop / "knowledge" / "faq.txt").write_text("别的")
    holder = AccountHolder(own, store, "worker")

    first, second = holder.folder(), holder.folder()

    assert first == second
    assert first.is_relative_to(tmp_path / "var" / "accounts")
    assert (first / "knowledge" / "faq.txt").read_text() == "问：有白茶吗\n答：有福鼎白茶。\n"
    assert [path.name for path in first.parent.iterdir()] == [first.name]


def test_a_version_that_cannot_be_prepared_is_refused_and_the_next_is_taken(
    own: Settings, store: Store, shop: Path
) -> None:
    holder = AccountHolder(own, store, "worker")

    def prepare(held: object) -> None:
        if holder.folder_of(held).joinpath("knowledge", "faq.txt").read_text() == "坏":
            raise AccountError("faq.txt, line 1: no")

    holder.prepare_with(prepare)
    (shop / "knowledge" / "faq.txt").write_text("坏")
    publish(store, shop)
    holder.look()

    [row] = store.accounts.processes()
    assert (row.number, row.refused, row.error) == (0, 1, "faq.txt, line 1: no")
    (shop / "knowledge" / "faq.txt").write_text("好")
    publish(store, shop)
    holder.look()
    [row] = store.accounts.processes()
    assert (row.number, row.refused, row.error) == (2, 0, "")


@pytest.mark.parametrize("broken", [b"", b"x"])
def test_what_redis_lost_or_broke_leaves_the_old_serving(
    own: Settings, store: Store, shop: Path, broken: bytes
) -> None:
    holder = AccountHolder(own, store, "web")
    publish(store, shop)
    [key] = store.redis.keys("xl:account:texts:*")
    if broken:
        store.redis.set(key, broken)
    else:
        store.redis.delete(key)

    holder.look()

    assert holder.number == 0
    [row] = store.accounts.processes()
    assert row.refused == 1
    assert "publish" in row.error
    assert AccountHolder(own, store, "web").number == 0, "nor does it stop who starts"


def test_a_setting_that_names_nothing_or_something_bad_stops_the_start(
    own: Settings, store: Store, shop: Path
) -> None:
    with pytest.raises(SettingsError):
        AccountHolder(replace(own, account="nobody"), store, "web")
    (shop / "account.toml").write_text("name = 1")
    with pytest.raises(AccountError, match="line 1, name"):
        AccountHolder(own, store, "web")


def test_a_process_that_is_gone_is_forgotten(
    own: Settings, open_store: Callable[..., Store], store: Store
) -> None:
    AccountHolder(own, store, "web").look()
    AccountHolder(own, open_store(), "worker").look()
    assert [row.kind for row in store.accounts.processes()].count("web") == 1
    name = next(row.process for row in store.accounts.processes() if row.kind == "web")

    said = store.redis.hget("xl:account:processes", name).split(b" ", 1)[1]
    store.redis.hset("xl:account:processes", name, b"1000 " + said)

    assert [row.kind for row in store.accounts.processes()] == ["worker"]
    assert store.redis.hlen("xl:account:processes") == 1


def test_a_process_starts_with_the_model_that_the_account_names(
    own: Settings, store: Store, shop: Path
) -> None:
    plain = AccountHolder(own, store, "worker").applied_to(own)
    write_shop(shop, TOML.replace("medical", 'model = "tea"\nmedical', 1))

    assert plain.model == own.model
    assert AccountHolder(own, store, "worker").applied_to(own).model == "tea"
