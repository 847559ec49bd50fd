"""Folders of a backup, put where the settings look for them; what is there is left alone."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from xinglin.account import find_folder
from xinglin.backup.archive import Reader
from xinglin.backup.errors import file_errors
from xinglin.backup.making import SETTINGS, find_model, settings_lines, sum_of
from xinglin.bilingual import Notice
from xinglin.errors import SettingsError
from xinglin.settings import Settings


def place_files(reader: Reader, settings: Settings) -> list[Notice]:
    """Put the account's folder and the models where there are none.

    Returns:
        What is here already and differs, and models that are nowhere.

    Raises:
        BackupError: a folder cannot be written; what was written before may stay.
    """
    notes = _place(reader, "account/", _account_folder(settings))
    for name in reader.manifest.models:
        start, folder = f"models/{name}/", _model_folder(settings, name)
        if reader.names(start):
            notes += _place(reader, start, folder)
        elif not _has_model(folder, reader.manifest.models[name]):
            notes.append(
                Notice(
                    f"model {name} is neither here nor in the backup; bring it to {folder}",
                    f"模型 {name} 这里没有，备份里也没有；请把它放到 {folder}",
                )
            )
    return notes + _other_settings(reader, settings)


def _place(reader: Reader, start: str, folder: Path) -> list[Notice]:
    """Write the parts below a name as one folder, unless it is there."""
    names = reader.names(start)
    if folder.exists():
        same = all(
            (folder / name.removeprefix(start)).is_file()
            and sum_of(folder / name.removeprefix(start)) == reader.manifest.parts[name]
            for name in names
        )
        return [] if same else [_differs(folder, start)]
    if not names:
        return []
    with file_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        try:
            for name in names:
                _write(reader, name, made / name.removeprefix(start))
            made.chmod(0o755)
            made.replace(folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return []


def _write(reader: Reader, name: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with reader.part(name) as source, path.open("wb") as target:
        shutil.copyfileobj(source, target)


def _account_folder(settings: Settings) -> Path:
    try:
        return find_folder(settings.account)
    except SettingsError:
        given = Path(settings.account).expanduser()
        return given if len(given.parts) > 1 else Path("accounts") / given


def _model_folder(settings: Settings, name: str) -> Path:
    """Return where a model is looked for: at the path of the setting, or among the models."""
    given = Path(settings.model)
    return given if len(given.parts) > 1 and given.name == name else find_model(settings, name)


def _has_model(folder: Path, digest: str) -> bool:
    weights = folder / "model.safetensors"
    return weights.is_file() and sum_of(weights) == digest


def _differs(folder: Path, start: str) -> Notice:
    return Notice(
        f"{folder} is here already, differs from the backup's {start}, and was left as it is",
        f"{folder} 已经存在，与备份里的 {start} 不同，没有改动",
    )


def _other_settings(reader: Reader, settings: Settings) -> list[Notice]:
    """Return which settings, secrets aside, have another value here."""
    with reader.part(SETTINGS) as part:
        there = set(_assigned(part.read().decode()))
    here = set(_assigned(settings_lines(settings, with_secrets=True)))
    names = sorted({line.partition("=")[0] for line in there - here})
    if not names:
        return []
    listed = ", ".join(names)
    return [
        Notice(
            f"settings that were otherwise at the old place: {listed} ({SETTINGS} in the backup)",
            f"与旧服务器不同的设置：{listed}（见备份里的 {SETTINGS}）",
        )
    ]


def _assigned(lines: str) -> list[str]:
    return [line for line in lines.splitlines() if not line.startswith("#")]
