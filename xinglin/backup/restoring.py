"""Putting a backup into an empty place; before anything is changed, all of it is checked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xinglin.backup.archive import STORE, Manifest, Reader, open_archive
from xinglin.backup.entries import Entry
from xinglin.backup.errors import BackupError, damaged
from xinglin.backup.making import id_key_mark
from xinglin.backup.placing import place_files
from xinglin.bilingual import Notice
from xinglin.settings import Settings
from xinglin.store import Store, keys
from xinglin.store.connection import Client, server_ms, store_errors
from xinglin.store.encryption import Encryption
from xinglin.store.keys import UserKeys

HANDED_MS = 15_000
"""Time, in ms, in which the platform may ask again for a reply that was handed to a request."""
_AT_ONCE = 500
# What a place has that has kept nothing yet.
_EMPTY = frozenset(
    name.encode()
    for name in (
        keys.ID_KEY, keys.HISTORY_KEY, keys.METRICS, keys.COUNTERS, keys.SAMPLES, keys.SAMPLING,
        keys.WORKERS, keys.ACCOUNT_PROCESSES, keys.TOKEN, keys.TOKEN_LOCK, keys.RESTORING,
    )
)  # fmt: skip


@dataclass(slots=True)
class Restored:
    """Counts of what was put in.

    Attributes:
        manifest: of the backup.
        keys: that were written.
        waiting: questions that workers find.
        expired: keys whose time had passed.
        notes: what is different here.
    """

    manifest: Manifest
    keys: int = 0
    waiting: int = 0
    expired: int = 0
    notes: list[Notice] = field(default_factory=list)


def restore_backup(
    store: Store, settings: Settings, path: Path, *, force: bool = False, with_models: bool = True
) -> Restored:
    """Put a backup in; one that was cut off is begun anew.

    Args:
        store: of the new place, where no process serves.
        settings: of the new place.
        path: of the backup.
        force: replace what is kept here; nothing is ever mixed.
        with_models: put models and account folder to their places, too.

    Raises:
        BackupError: the file is not whole, or does not fit this place; nothing was changed.
        StoreUnavailable: Redis is away; until the restoration is run again nobody serves.
    """
    with open_archive(path) as reader:
        check_keys(reader.manifest, settings)
        check_server(store)
        check_empty(store, force=force)
        done = Restored(reader.manifest)
        if with_models:
            done.notes += place_files(reader, settings)
        _Restorer(store.redis, done).run(reader)
    return done


def check_keys(manifest: Manifest, settings: Settings) -> None:
    """See that what was sealed opens here, and that followers have the same hashes.

    Raises:
        BackupError: a key is missing; the sentence names the setting.
    """
    encryption = Encryption(settings.history_key)
    if missing := sorted(set(manifest.sealed) - encryption.key_ids):
        names = ", ".join(missing)
        raise BackupError(
            Notice(
                f"texts in the backup were sealed with a key that XINGLIN_HISTORY_KEY does not have"
                f" here (it is called {names}): add the old place's key, behind the new one and a"
                " comma",
                f"备份里的文字是用这里的 XINGLIN_HISTORY_KEY 没有的密钥加密的（代号 {names}）："
                "请把旧服务器的密钥加在后面，用逗号隔开",
            )
        )
    if manifest.plain and not encryption.takes_unbound:
        raise BackupError(
            Notice(
                f"{manifest.plain} texts in the backup are not sealed, and would not be read here:"
                " add ,unbound to XINGLIN_HISTORY_KEY until they are gone (docs/security.md)",
                f"备份里有 {manifest.plain} 段文字没有加密，这里不会读取："
                "请在 XINGLIN_HISTORY_KEY 后面加上 ,unbound，等它们到期后再去掉",
            )
        )
    if manifest.id_key != id_key_mark(settings):
        what = "differs from the old place's" if manifest.id_key else "was not set at the old place"
        zh = "与旧服务器的不同" if manifest.id_key else "在旧服务器上没有设置"
        raise BackupError(
            Notice(
                f"XINGLIN_ID_KEY {what}, so that every follower would be another one here: make it"
                " the same",
                f"XINGLIN_ID_KEY {zh}，关注者到这里都会变成另一个人：请改成一样",
            )
        )


def check_server(store: Store) -> None:
    """See that the server is one that the service may use.

    Raises:
        BackupError: it is too old, or a replica.
    """
    server = store.server()
    if server.too_old or server.role == "slave":
        what = f"version {server.version}; 6.2 is the oldest" if server.too_old else "a replica"
        zh = f"版本 {server.version}，最低要 6.2" if server.too_old else "只读的从库"
        raise BackupError(
            Notice(
                f"this Redis cannot take the backup: it is {what}", f"这个 Redis 不能用来恢复：{zh}"
            )
        )


def check_empty(store: Store, *, force: bool) -> None:
    """See that nothing is kept here, unless it is to be replaced or half a restoration.

    Raises:
        BackupError: something is.
    """
    with store_errors():
        if force or store.redis.exists(keys.RESTORING):
            return
        found = sum(key not in _EMPTY for key in store.redis.scan_iter(f"{keys.PREFIX}*"))
    if found:
        raise BackupError(
            Notice(
                f"this Redis keeps something already ({found} keys); use an empty one, or give"
                " --force to delete all of it first: two places are never mixed",
                f"这个 Redis 里已有数据（{found} 个键）；请换一个空的，或加 --force 先全部删除："
                "两处的数据不会合并",
            )
        )


class _Restorer:
    """Writes the lines of a backup; a mark stands meanwhile, so that nobody serves."""

    def __init__(self, redis: Client, done: Restored) -> None:
        self._redis, self._done = redis, done

    def run(self, reader: Reader) -> None:
        """Delete what was here, and write everything."""
        with store_errors():
            self._redis.set(keys.RESTORING, "1")
            self._clear()
            self._now = server_ms(self._redis)
            pipe = self._redis.pipeline(transaction=False)
            with reader.part(STORE) as part:
                for line in part:
                    self._write(pipe, line)
                    if len(pipe) >= _AT_ONCE or len(line) >= _AT_ONCE << 10:
                        pipe.execute()
            pipe.execute()
            self._redis.set(keys.QUEUED, self._done.waiting)
            self._redis.delete(keys.RESTORING)

    def _clear(self) -> None:
        batch: list[bytes] = []
        for key in self._redis.scan_iter(f"{keys.PREFIX}*", count=1000):
            if key != keys.RESTORING.encode():
                batch.append(key)
            if len(batch) >= _AT_ONCE:
                self._redis.unlink(*batch)
                batch = []
        if batch:
            self._redis.unlink(*batch)

    def _write(self, pipe: Client, line: bytes) -> None:
        try:
            record = json.loads(line)
            user, found = record.get("follower", ""), record["entries"]
        except (ValueError, KeyError, AttributeError) as error:
            raise BackupError(damaged(STORE)) from error
        for entry in self._current(found):
            entry.write(pipe, spare=not user)
            self._done.keys += 1
            if user:
                self._line_up(pipe, user, entry)

    def _current(self, found: list[Any]) -> Iterator[Entry]:
        for fields in found:
            entry = Entry.of_fields(fields)
            if entry.expires_at_ms is not None and entry.expires_at_ms <= self._now:
                self._done.expired += 1
            else:
                yield entry

    def _line_up(self, pipe: Client, user: str, entry: Entry) -> None:
        """Let workers find a follower's questions and replies: at once, since nobody has them."""
        own, key = UserKeys(user), entry.key.decode("utf-8", "replace")
        if key == own.inbox:
            pipe.zadd(keys.ACTIVE, {user: self._now})
            self._done.waiting += len(entry.values)
        elif key == own.outbox:
            pipe.zadd(keys.OUTBOX_DUE, {user: self._now})
        elif key == own.handed:
            due = self._now + HANDED_MS
            members = {f"{user}|{one.decode('utf-8', 'replace')}": due for one in entry.values}
            pipe.zadd(keys.UNDELIVERED, members)
