"""Reading of one `XINGLIN_*` variable, and the sentence about one that cannot be used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import Field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args, get_origin
from zoneinfo import ZoneInfo

from xinglin.bilingual import Notice
from xinglin.errors import SettingsError


def unknown_setting(name: str, known: Mapping[str, Field[Any]]) -> SettingsError:
    """Return the error about a variable that is no setting; it names one that is written alike."""
    near = get_close_matches(name, known, 1, cutoff=0.8)
    meant, meant_zh = (f" ({near[0]} is meant?)", f"（是不是 {near[0]}？）") if near else ("", "")
    return SettingsError(
        Notice(
            f"{name} is not a setting{meant}; see docs/configuration.md",
            f"没有 {name} 这个设置{meant_zh}；全部设置见 docs/configuration.zh.md",
        )
    )


def parse_value(name: str, raw: str, kind: Any, item: Field[Any]) -> Any:
    """Return the value of a variable.

    Args:
        name: of the variable.
        raw: as it stands in the environment.
        kind: type of the setting.
        item: field of the settings, with the bounds.

    Raises:
        SettingsError: it does not parse; of a secret the value is not shown.
    """
    secret = item.metadata["secret"]
    shown, shown_zh = ("(hidden)", "（不显示）") if secret else (repr(raw), f"“{raw}”")
    if get_origin(kind) is Literal:
        if raw not in get_args(kind):
            choices = get_args(kind)
            must_zh = f"下面之一：{'、'.join(choices)}"
            raise _wrong(name, raw, f"one of {', '.join(choices)}", must_zh)
        return raw
    if kind is bool:
        if raw.lower() not in ("0", "1", "true", "false", "yes", "no"):
            raise _wrong(name, raw, "1 or 0", " 1 或 0")
        return raw.lower() in ("1", "true", "yes")
    if kind is Path:
        return Path(raw)
    if kind in (int, float):
        return _number(name, raw, kind, item)
    pattern = item.metadata["pattern"]
    if pattern and not re.fullmatch(pattern, raw):
        must: Notice = item.metadata["form"]
        size = f", which has {len(raw)} characters" if secret else ""
        size_zh = f"，有 {len(raw)} 个字符" if secret else ""
        raise SettingsError(
            Notice(
                f"{name} is {shown}{size}; it must be {must}",
                f"{name} 的值{shown_zh}不对{size_zh}；应当是{must.zh}",
            )
        )
    return raw


def _wrong(name: str, raw: str, must: str, must_zh: str) -> SettingsError:
    return SettingsError(
        Notice(f"{name} is {raw!r}; it must be {must}", f"{name} 是“{raw}”；应当是{must_zh}")
    )


def check_timezone(name: str) -> None:
    """See that a time zone exists.

    Raises:
        SettingsError: it does not.
    """
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
        wants = "the name of a time zone, such as Asia/Shanghai"
        raise _wrong("XINGLIN_TIMEZONE", name, wants, "时区的名称，如 Asia/Shanghai") from error


def _number(name: str, raw: str, kind: Any, item: Field[Any]) -> Any:
    least, most = item.metadata["least"], item.metadata["most"]
    try:
        value = kind(raw)
    except ValueError as error:
        whole, whole_zh = ("a whole number", "整数") if kind is int else ("a number", "数字")
        raise _wrong(name, raw, whole, whole_zh) from error
    if (least is not None and not value >= least) or (most is not None and not value <= most):
        if most is None:
            raise _wrong(name, raw, f"at least {least}", f"不小于 {least} 的数")
        raise _wrong(name, raw, f"from {least} to {most}", f" {least} 到 {most} 之间的数")
    return value
