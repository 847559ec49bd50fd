"""Settings from a file of NAME=VALUE lines, as systemd and Docker read them."""

from __future__ import annotations

from pathlib import Path

from xinglin.bilingual import Notice, reason
from xinglin.errors import SettingsError

LARGEST_ENV_FILE = 1 << 20  # bytes


def load_env_file(path: Path) -> dict[str, str]:
    """Read NAME=VALUE lines; a line that begins with # is a comment, quotes around a value go.

    Raises:
        SettingsError: the file cannot be read, or a line is something else.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_ENV_FILE + 1)
        text = raw.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        why = reason(error)
        raise SettingsError(
            Notice(
                f"{path} cannot be read as settings: {why}; name a text file in UTF-8 that this"
                " user may read",
                f"{path} 不能作为设置读入：{why.zh}；请指定当前用户能读的 UTF-8 文本文件",
            )
        ) from error
    if len(raw) > LARGEST_ENV_FILE:
        raise SettingsError(
            Notice(
                f"{path} is no file of settings: it has more than 1 MiB",
                f"{path} 不是设置文件：超过了 1 MiB",
            )
        )
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if not name.strip() or name.startswith("#"):
            continue
        if not equals or "\0" in line:
            raise SettingsError(
                Notice(
                    f"{path}, line {number}: write NAME=VALUE",
                    f"{path} 第 {number} 行：应写成 名称=值",
                )
            )
        found[name.strip()] = _unquoted(value.strip())
    return found


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value
