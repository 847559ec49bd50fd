"""Parts of a backup beside the store: settings that are read again, and what is not at hand."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cli.env_file import load_env_file
from tests.conftest import RealRedis
from xinglin.account import AccountHolder, read_bundle
from xinglin.account.publish import publish_bundle
from xinglin.backup import make_backup, restore_backup
from xinglin.backup.making import settings_lines
from xinglin.errors import StoreUnavailable
from xinglin.settings import Settings
from xinglin.store import Store

pytestmark = pytest.mark.redis


def test_settings_are_read_again_as_they_were(settings: Settings, tmp_path: Path) -> None:
    used = replace(
        settings, admin_token="a b=c#d", top_e=0.35, console=True, user_rate="", filing="京ICP备1号",
        wechat_account="service", models=Path("/opt/models"), drafts=5,
    )  # fmt: skip
    file = tmp_path / "settings.env"
    file.write_text(settings_lines(used, with_secrets=True))

    again = Settings.from_env(load_env_file(file))

    assert again == replace(used, redis_url="")
    file.write_text(settings_lines(used, with_secrets=False))
    assert Settings.from_env(load_env_file(file)) == replace(
        used, redis_url="", admin_token="", wechat_token=""
    )


def test_the_published_version_serves_at_the_new_place(
    store: Store, new_store: Store, settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "shop"
    (folder / "knowledge").mkdir(parents=True)
    (folder / "account.toml").write_text('name = "山前茶铺"\n')
    (folder / "knowledge" / "a.md").write_text("# 营业\n九点到五点。\n")
    publish_bundle(store.accounts, read_bundle(folder), base=None, by="me", place=str(folder))
    make_backup(store, settings, tmp_path / "b.zip", with_models=False)

    there = replace(elsewhere, var=tmp_path / "var")
    restore_backup(new_store, there, tmp_path / "b.zip", with_models=False)

    held = AccountHolder(there, new_store, "web")
    assert (held.number, held.current.name) == (1, "山前茶铺")
    assert (held.folder() / "knowledge" / "a.md").read_text() == "# 营业\n九点到五点。\n"
    assert [one.by for one in new_store.accounts.versions()] == ["me"]


def test_the_announced_model_and_those_before_it_come_along(
    store: Store, settings: Settings, models: Path, tmp_path: Path
) -> None:
    store.models.announce("small")
    store.models.note("gone")
    used = replace(settings, models=models, model="small")

    made = make_backup(store, used, tmp_path / "b.zip")

    assert list(made.manifest.models) == ["small"]
    assert any("model gone is not on this machine" in note for note in made.notes)
    names = zipfile.ZipFile(tmp_path / "b.zip").namelist()
    assert "models/small/model.safetensors" in names
    assert "account/account.toml" in names


def test_a_model_by_its_path_goes_where_the_path_leads_at_the_new_place(
    store: Store, new_store: Store, settings: Settings, elsewhere: Settings, models: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    make_backup(store, replace(settings, model=str(models / "small")), tmp_path / "b.zip")

    there = replace(elsewhere, model=str(tmp_path / "new" / "small"))
    done = restore_backup(new_store, there, tmp_path / "b.zip")

    assert (tmp_path / "new" / "small" / "config.json").read_text() == '{"name": "small"}'
    assert not any("model small" in note for note in done.notes)


def test_a_redis_that_goes_away_leaves_the_earlier_file(
    settings: Settings, models: Path, tmp_path: Path
) -> None:
    server, path = RealRedis(), tmp_path / "b.zip"
    path.write_bytes(b"earlier")
    store = Store.open(replace(settings, redis_url=server.url))
    server.kill()
    try:
        with pytest.raises(StoreUnavailable):
            make_backup(store, replace(settings, models=models), path)
    finally:
        store.close()
        server.close()

    assert path.read_bytes() == b"earlier"
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []
