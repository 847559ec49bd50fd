"""From one Redis to another: what was kept goes on there, and nothing twice."""

from __future__ import annotations

import shutil
import threading
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from xinglin.backup import make_backup, restore_backup
from xinglin.backup.archive import FORMAT
from xinglin.errors import BackupError, StoreError
from xinglin.settings import Settings
from xinglin.store import Reply, Store, Turn, keys
from xinglin.store.keys import UserKeys

pytestmark = pytest.mark.redis
OPENID = "oFollower"


@pytest.fixture
def backup(settings: Settings, models: Path, tmp_path: Path) -> Callable[..., Path]:
    """Makes a backup of a store."""

    def make(store: Store, changed: Settings | None = None, **options: bool) -> Path:
        found = replace(changed or settings, models=models, model="small")
        make_backup(store, found, tmp_path / "b.zip", **options)
        return tmp_path / "b.zip"

    return make


def contents(redis: Any) -> dict[bytes, Any]:
    """Return every key with its value, as a person would compare them."""
    readers = {
        b"string": redis.get,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"hash": redis.hgetall,
        b"set": redis.smembers,
        b"zset": lambda key: redis.zrange(key, 0, -1, withscores=True),
    }
    return {key: readers[redis.type(key)](key) for key in redis.scan_iter("xl:*")}


def test_every_type_comes_back_with_its_expiry(
    store: Store, new_store: Store, elsewhere: Settings, backup: Callable[..., Path]
) -> None:
    store.redis.set("xl:a", bytes(range(256)), px=600_000)
    store.redis.set("xl:{0123456789abcdef01234567}:hist", "一" * 10)
    store.redis.rpush("xl:b", *[f"第{i}" for i in range(1200)])
    store.redis.hset("xl:c", mapping={"f": "1", b"\xff": "2"})
    store.redis.sadd("xl:d", "x", "y")
    store.redis.zadd("xl:e", {"m": 1764518400123.5, "n": -0.25})
    store.redis.set("elsewhere", "not ours")
    before = contents(store.redis)

    done = restore_backup(new_store, elsewhere, backup(store))

    after = contents(new_store.redis)
    assert {key: after[key] for key in before} == before
    assert set(after) - set(before) <= {b"xl:queued"}
    assert not new_store.redis.exists("elsewhere")
    assert abs(new_store.redis.pttl("xl:a") - store.redis.pttl("xl:a")) < 2000
    assert done.manifest.followers == 1


def test_a_question_that_waits_is_answered_at_the_new_place_with_its_history(
    store: Store, new_store: Store, elsewhere: Settings, backup: Callable[..., Path]
) -> None:
    user = store.user_key(OPENID)
    answer(store, user, "m1", "一问", "一答")
    store.inbox.accept(user, OPENID, "m2", "二问", wait_s=30)
    store.inbox.accept(user, OPENID, "m3", "三问", wait_s=0)
    claim = store.turns.take(user)  # a worker of the old place holds it
    assert claim is not None

    done = restore_backup(new_store, elsewhere, backup(store))

    assert done.waiting == 2
    assert new_store.user_key(OPENID) == user
    assert new_store.turns.reap() == [user]
    assert new_store.inbox.accept(user, OPENID, "m1", "一问", wait_s=0).state == "duplicate"
    again = new_store.turns.take(user)
    assert again is not None
    assert (again.text, again.attempt) == ("二问", 2)
    turns = new_store.conversation.open(user, again.history_rows)
    assert [turn.assistant for turn in turns] == ["一答"]
    assert new_store.turns.commit(again, Reply("二答", True, "m", "m2", OPENID), None) is True
    assert new_store.stats.snapshot()["waiting"] == 1


def test_a_reply_on_its_way_leaves_once_at_the_new_place(
    store: Store, new_store: Store, elsewhere: Settings, backup: Callable[..., Path]
) -> None:
    user = store.user_key(OPENID)
    store.inbox.accept(user, OPENID, "m1", "问", wait_s=30)
    commit(store, user, "答")  # handed to a request that died before it showed it
    assert store.redis.lrange(UserKeys(user).handed, 0, -1) == [b"m1"]

    restore_backup(new_store, elsewhere, backup(store))

    new_store.redis.zadd(keys.UNDELIVERED, {f"{user}|m1": 1})  # its time has come
    assert new_store.turns.reroute() == 1
    assert new_store.turns.reroute() == 0
    found = new_store.continuation.look(user, "tap")
    assert (found.kind, found.text) == ("reply", "答")


def test_a_send_under_way_is_due_at_the_new_place_and_known_as_cut_off(
    open_store: Callable[..., Store],
    settings: Settings,
    elsewhere: Settings,
    backup: Callable[..., Path],
) -> None:
    sends = {"wechat_account": "service", "wechat_app_id": "wx1", "wechat_app_secret": "s"}
    store = open_store(replace(settings, **sends))
    new_store = open_store(replace(elsewhere, **sends))
    user = store.user_key(OPENID)
    store.inbox.accept(user, OPENID, "m1", "问", wait_s=0)
    commit(store, user, "答")
    assert store.outbox.claim(user) is not None  # a sender died in the middle

    restore_backup(new_store, elsewhere, backup(store))

    assert new_store.outbox.due() == [user]
    claim = new_store.outbox.claim(user)
    assert claim is not None
    assert (claim.text, claim.interrupted) == ("答", True)


def test_what_belongs_to_the_old_place_stays_there(
    store: Store, new_store: Store, elsewhere: Settings, backup: Callable[..., Path]
) -> None:
    store.pause.begin(3600)
    store.sessions.open("token" * 5)
    store.redis.set(keys.TOKEN, "secret-canary")
    store.redis.rpush(keys.wake("p"), "x")

    path = backup(store)
    restore_backup(new_store, elsewhere, path)

    assert new_store.pause.left_s() == 0
    assert [key for key in contents(new_store.redis) if b"token" in key or b"wake" in key] == []
    assert b"secret-canary" not in zipfile.ZipFile(path).read("store.jsonl")


def test_a_time_that_passed_meanwhile_is_over(
    store: Store, new_store: Store, elsewhere: Settings, backup: Callable[..., Path]
) -> None:
    store.redis.set("xl:a", "1", px=1)
    store.redis.set("xl:b", "1", px=4000)
    path = backup(store)
    while store.redis.exists("xl:b"):
        threading.Event().wait(0.1)

    done = restore_backup(new_store, elsewhere, path)

    assert done.expired == 1
    assert not new_store.redis.exists("xl:a", "xl:b")


def test_models_and_account_come_along_and_what_is_there_is_left(
    store: Store, new_store: Store, elsewhere: Settings, backup: Callable[..., Path], models: Path,
    settings: Settings, tmp_path: Path,
) -> None:  # fmt: skip
    account = tmp_path / "mine"
    (account / "knowledge" / "in").mkdir(parents=True)
    (account / "account.toml").write_text('name = "茶"')
    (account / "knowledge" / "in" / "a.md").write_text("# 价\n十元\n")
    path = backup(store, replace(settings, account=str(account)))
    there = replace(elsewhere, account=str(tmp_path / "elsewhere" / "mine"), model="small")

    first = restore_backup(new_store, there, path)
    (elsewhere.models / "small" / "config.json").write_text("{}")
    second = restore_backup(new_store, there, path, force=True)

    assert (elsewhere.models / "small" / "model.safetensors").read_bytes() == (
        models / "small" / "model.safetensors"
    ).read_bytes()
    assert (Path(there.account) / "knowledge" / "in" / "a.md").read_text() == "# 价\n十元\n"
    assert not any("differs" in note for note in first.notes)
    assert any("small is here already, differs" in note for note in second.notes)
    assert (elsewhere.models / "small" / "config.json").read_text() == "{}"


def test_a_model_by_its_sum_alone_is_asked_for(
    store: Store, new_store: Store, elsewhere: Settings, backup: Callable[..., Path], models: Path
) -> None:
    path = backup(store, with_models=False)

    missing = restore_backup(new_store, elsewhere, path)
    shutil.copytree(models / "small", elsewhere.models / "small")
    brought = restore_backup(new_store, elsewhere, path, force=True)

    assert any("model small is neither" in note for note in missing.notes)
    assert not any("model small" in note for note in brought.notes)


def test_secrets_are_in_it_only_when_asked_for(
    store: Store, settings: Settings, backup: Callable[..., Path]
) -> None:
    secret = replace(settings, admin_token="canary-admin", drafts=2)

    without = zipfile.ZipFile(backup(store, secret)).read("settings.env").decode()
    with_ = zipfile.ZipFile(backup(store, secret, with_secrets=True)).read("settings.env").decode()

    assert "canary" not in without
    assert "# XINGLIN_ADMIN_TOKEN is a secret" in without
    assert "XINGLIN_DRAFTS=2\n" in without
    assert "XINGLIN_ADMIN_TOKEN=canary-admin\n" in with_
    assert "redis.sock" not in without + with_


def test_a_place_that_keeps_something_is_refused_and_replaced_by_force_never_mixed(
    store: Store, new_store: Store, elsewhere: Settings, backup: Callable[..., Path]
) -> None:
    store.redis.set("xl:a", "old place")
    new_store.feedback.comment("0" * 24, "意见")
    before = contents(new_store.redis)
    path = backup(store)

    with pytest.raises(BackupError, match="keeps something already"):
        restore_backup(new_store, elsewhere, path)

    assert contents(new_store.redis) == before
    restore_backup(new_store, elsewhere, path, force=True)
    assert new_store.redis.get("xl:a") == b"old place"
    assert new_store.feedback.entries() == []


def test_a_damaged_backup_changes_nothing(
    store: Store, new_store: Store, elsewhere: Settings, backup: Callable[..., Path]
) -> None:
    new_store.feedback.comment("0" * 24, "意见")
    before = contents(new_store.redis)
    path = backup(store)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    with pytest.raises(BackupError, match="damaged"):
        restore_backup(new_store, elsewhere, path, force=True)

    assert contents(new_store.redis) == before


def test_a_key_that_is_missing_is_named(
    open_store: Callable[..., Store], settings: Settings, elsewhere: Settings,
    backup: Callable[..., Path],
) -> None:  # fmt: skip
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    store = open_store(replace(settings, history_key=old))
    user = store.user_key(OPENID)
    store.inbox.accept(user, OPENID, "m1", "很私密的话", wait_s=0)
    path = backup(store, replace(settings, history_key=old))
    there = replace(elsewhere, history_key=new)

    with pytest.raises(BackupError, match="XINGLIN_HISTORY_KEY does not have") as raised:
        restore_backup(open_store(there), there, path)
    assert contents(open_store(there).redis) == {}
    assert old not in str(raised.value)
    both = replace(elsewhere, history_key=f"{new},{old}")
    restore_backup(open_store(both), both, path)

    claim = open_store(both).turns.take(user)
    assert claim is not None
    assert claim.text == "很私密的话"


def test_texts_without_a_seal_are_not_lost_where_seals_are_asked_for(
    store: Store, open_store: Callable[..., Store], elsewhere: Settings,
    backup: Callable[..., Path],
) -> None:  # fmt: skip
    user = store.user_key(OPENID)
    store.inbox.accept(user, OPENID, "m1", "问", wait_s=0)
    path = backup(store)
    key = Fernet.generate_key().decode()
    there = replace(elsewhere, history_key=key)

    with pytest.raises(BackupError, match="unbound"):
        restore_backup(open_store(there), there, path)
    takes = replace(elsewhere, history_key=f"{key},unbound")
    restore_backup(open_store(takes), takes, path)

    claim = open_store(takes).turns.take(user)
    assert claim is not None
    assert claim.text == "问"


@pytest.mark.parametrize(("old", "new"), [("a", ""), ("", "b"), ("a", "b")])
def test_another_key_of_hashes_is_refused(
    open_store: Callable[..., Store], settings: Settings, elsewhere: Settings,
    backup: Callable[..., Path], old: str, new: str,
) -> None:  # fmt: skip
    here, there = replace(settings, id_key=old), replace(elsewhere, id_key=new)
    path = backup(open_store(here), here)

    with pytest.raises(BackupError, match="XINGLIN_ID_KEY"):
        restore_backup(open_store(there), there, path)
    restore_backup(open_store(there), replace(there, id_key=old), path)


def test_half_a_restoration_is_seen_and_begun_anew(
    store: Store, new_store: Store, elsewhere: Settings, backup: Callable[..., Path]
) -> None:
    store.redis.set("xl:a", "1")
    path = backup(store)
    new_store.redis.set(keys.RESTORING, "1")
    new_store.redis.set("xl:half", "1")

    with pytest.raises(StoreError, match="xinglin restore"):
        new_store.verify_restored()
    restore_backup(new_store, elsewhere, path)

    new_store.verify_restored()
    assert not new_store.redis.exists("xl:half")


def test_followers_who_write_meanwhile_are_whole(
    store: Store, new_store: Store, elsewhere: Settings, backup: Callable[..., Path]
) -> None:
    """Turns are taken in and answered all the while; each copy is of one moment."""
    users = {store.user_key(f"o{i}"): f"o{i}" for i in range(40)}
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            for user, openid in users.items():
                store.inbox.accept(user, openid, f"m{number}", f"问{number}", wait_s=0)
                commit(store, user, f"答{number}", Turn(f"问{number}", f"答{number}", number))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        threading.Event().wait(0.3)
        path = backup(store)
    finally:
        stop.set()
        writer.join()
    restore_backup(new_store, elsewhere, path)

    for user in users:
        answered = [turn.user for turn in new_store.conversation.read(user)]
        waiting = new_store.redis.llen(UserKeys(user).inbox)
        claim = new_store.turns.take(user)
        assert waiting == (claim is not None)
        if claim is not None:
            assert claim.text not in answered
            answered.append(claim.text)
        numbers = [int(text.removeprefix("问")) for text in answered]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        assert len(numbers) >= 1


def test_keys_of_a_kind_that_nobody_writes_are_named(
    store: Store, backup: Callable[..., Path], settings: Settings, tmp_path: Path, models: Path
) -> None:
    store.redis.xadd("xl:stream", {"a": "1"})

    made = make_backup(store, replace(settings, models=models), tmp_path / "c.zip")

    assert made.manifest.left_out == ["xl:stream"]
    assert made.manifest.format == FORMAT


def commit(store: Store, user: str, text: str, turn: Turn | None = None) -> None:
    claim = store.turns.take(user)
    assert claim is not None
    store.turns.commit(claim, Reply(text, True, "m", claim.message_id, claim.openid), turn)


def answer(store: Store, user: str, message_id: str, asked: str, text: str) -> None:
    store.inbox.accept(user, OPENID, message_id, asked, wait_s=0)
    commit(store, user, text, Turn(asked, text, 1.0))
