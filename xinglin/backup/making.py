"""Making a backup: settings, the account's folder, models, and what Redis keeps."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from xinglin import __version__
from xinglin.account import find_folder, read_bundle
from xinglin.backup.archive import STORE, Manifest, Writer, new_file
from xinglin.backup.collecting import Collector
from xinglin.bilingual import Notice
from xinglin.errors import AccountError, SettingsError
from xinglin.settings import PREFIX, Settings
from xinglin.store import Store

SETTINGS = "settings.env"
MODEL_FILES = ("config.json", "model.safetensors", "README.md")
_OF_THIS_MACHINE = frozenset({"redis_url", "var"})


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made.

    Attributes:
        manifest: what stands in it.
        size: bytes of the file.
        notes: what is not in it and may be missed.
    """

    manifest: Manifest
    size: int
    notes: list[Notice]


def make_backup(
    store: Store,
    settings: Settings,
    path: Path,
    *,
    with_secrets: bool = False,
    with_models: bool = True,
    now: Callable[[], float] = time.time,
) -> Made:
    """Write a backup while the service runs; what was at its place stays until it is whole.

    Args:
        store: what Redis keeps.
        settings: of the service.
        path: of the file.
        with_secrets: write down tokens and keys as well.
        with_models: put the models' content in, and not their sums alone.
        now: the clock.

    Raises:
        BackupError: the file cannot be written.
        StoreUnavailable: Redis is away.
    """
    made_at, notes = now(), list[Notice]()
    collector = Collector(store.redis)
    with new_file(path) as file, Writer(file) as writer:
        with writer.part(SETTINGS) as part:
            part.write(settings_lines(settings, with_secrets=with_secrets).encode())
        _write_account(writer, settings, notes)
        models = _write_models(writer, store, settings, notes, with_models=with_models)
        with writer.part(STORE) as part:
            for line in collector.lines():
                part.write(line)
        tally = collector.tally
        manifest = Manifest(
            xinglin=__version__,
            redis=store.server().version,
            made_at=made_at,
            followers=tally.followers,
            waiting=tally.waiting,
            sealed=sorted(tally.sealed),
            plain=tally.plain,
            id_key=id_key_mark(settings),
            account=store.accounts.current()[0],
            models=models,
            left_out=sorted(tally.left_out),
            parts=writer.parts,
        )
        writer.finish(manifest)
    return Made(manifest, path.stat().st_size, notes)


def settings_lines(settings: Settings, *, with_secrets: bool) -> str:
    """Return the settings that differ from their defaults, as lines for `--env-file`."""
    lines = ["# XINGLIN_REDIS_URL and XINGLIN_VAR are of each machine, and not in here."]
    for item in fields(settings):
        value = getattr(settings, item.name)
        if item.name in _OF_THIS_MACHINE or value == item.default:
            continue
        name = PREFIX + item.name.upper()
        if item.metadata["secret"] and not with_secrets:
            lines.append(f"# {name} is a secret; take it from the old place")
        else:
            lines.append(f"{name}={int(value) if isinstance(value, bool) else value}")
    return "\n".join(lines) + "\n"


def id_key_mark(settings: Settings) -> str:
    """Return what tells the key of followers' hashes, and not the key; "" for Redis' own."""
    if not settings.id_key:
        return ""
    return hmac.new(settings.id_key.encode(), b"xinglin backup", hashlib.sha256).hexdigest()[:16]


def find_model(settings: Settings, name: str) -> Path:
    """Return the folder of a model, which need not be there."""
    folder = settings.models / name
    return folder if folder.is_dir() or not Path(name).is_dir() else Path(name)


def _write_account(writer: Writer, settings: Settings, notes: list[Notice]) -> None:
    """Write the account's folder; a version that was published stands in Redis."""
    try:
        bundle = read_bundle(find_folder(settings.account))
    except (AccountError, SettingsError) as error:
        notes.append(
            Notice(f"the account's folder is not in it: {error}", f"账号目录没有放进备份：{error}")
        )
        return
    wanted = dict(bundle.files) | {f"knowledge/{p}": raw for p, raw in bundle.knowledge.items()}
    for path, content in sorted(wanted.items()):
        with writer.part(f"account/{path}") as part:
            part.write(content)


def _write_models(
    writer: Writer, store: Store, settings: Settings, notes: list[Notice], *, with_models: bool
) -> dict[str, str]:
    """Write every model that is served or that one may go back to; returns their sums."""
    want = store.models.want()
    names = {settings.model, *store.models.past(), *(one.model for one in store.models.workers())}
    sums = {}
    for name in sorted(names | ({want.name} if want else set())):
        folder = find_model(settings, name)
        if not (folder / "model.safetensors").is_file():
            notes.append(
                Notice(
                    f"model {name} is not on this machine, and not in the backup",
                    f"这台机器上没有模型 {name}，备份里也就没有",
                )
            )
            continue
        sums[folder.name] = sum_of(folder / "model.safetensors")
        for file in MODEL_FILES if with_models else ():
            if (folder / file).is_file():
                with (
                    (folder / file).open("rb") as source,
                    writer.part(f"models/{folder.name}/{file}", packed=False) as part,
                ):
                    part.copy(source)
    return sums


def sum_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
