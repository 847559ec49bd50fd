"""The rules of one text of an account: its wording where none is given, its use, and its limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

BUBBLE_BYTES = 2040


@dataclass(frozen=True, slots=True)
class TextSpec:
    """Rules of one text.

    Attributes:
        key: its name in `account.toml`.
        default: the wording where the file has none.
        zh: its use, in Chinese.
        en: the same in English.
        holes: words in braces that the program fills in, besides `{name}`.
        may_be_empty: an empty text means that nothing is said.
        taps: text that one of its links has to send; "" for none.
        most_bytes: its longest form in UTF-8.
    """

    key: str
    default: str
    zh: str
    en: str
    holes: frozenset[str]
    may_be_empty: bool
    taps: str
    most_bytes: int


def described(
    default: str,
    zh: str,
    en: str,
    *,
    holes: tuple[str, ...] = (),
    may_be_empty: bool = False,
    taps: str = "",
    most_bytes: int = BUBBLE_BYTES,
) -> Any:
    """Return a field of `Texts` with its rules; the arguments are those of `TextSpec`."""
    rules = {
        "default": default,
        "zh": zh,
        "en": en,
        "holes": frozenset(holes),
        "may_be_empty": may_be_empty,
        "taps": taps,
        "most_bytes": most_bytes,
    }
    return field(metadata=rules)
