"""Text of an owner's file, however a spreadsheet or an editor saved it."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from knowledge.errors import wrong
from knowledge.notes import Place

MOST_BYTES = 64 << 20
LONGEST_TEXT = 4000
"""Characters of one question, answer or cell: twice what one message can show."""

_WHAT = {
    "a header": "表头",
    "the question": "问题",
    "a question": "问题",
    "the answer": "回答",
    "the name": "名称",
    "the aliases": "别名",
    "a cell": "格子",
    "a note": "这一条",
}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def read_text(path: Path, name: str) -> str:
    """Return the text of a file in UTF-8 (with or without BOM), UTF-16 with BOM, or GB18030.

    Args:
        path: of the file.
        name: what the sentences call it.

    Raises:
        ReadError: it cannot be read, is too long, or is in none of these encodings.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise wrong(
                name,
                f"larger than {MOST_BYTES >> 20} MB; split it or remove it",
                f"超过 {MOST_BYTES >> 20} MB；请拆开或删去",
            )
        content = path.read_bytes()
    except OSError as error:
        raise wrong(
            name,
            f"cannot be read ({error.strerror}); see to its permissions",
            f"读不了（{error.strerror}）；请检查文件权限",
        ) from error
    return _decode(content, name).replace("\r\n", "\n").replace("\r", "\n")


def _decode(content: bytes, name: str) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
    raise wrong(
        Place(name, line),
        "neither UTF-8 nor GB18030; save the file as UTF-8",
        "不是 UTF-8，也不是 GB18030；请把文件另存为 UTF-8",
    )


def checked(text: str, place: Place, what: str) -> str:
    """Return a stripped question, answer or cell.

    Raises:
        ReadError: it is too long or holds control characters.
    """
    text = text.strip()
    if len(text) > LONGEST_TEXT:
        raise wrong(
            place,
            f"{what} of {len(text):,} characters; at most {LONGEST_TEXT:,}, so split it",
            f"{_WHAT.get(what, what)}有 {len(text):,} 个字；最多 {LONGEST_TEXT:,} 个，请拆开",
        )
    if found := _CONTROL.search(text):
        sign = f"U+{ord(found[0]):04X}"
        raise wrong(
            place,
            f"{what} holds the control character {sign}; remove it",
            f"{_WHAT.get(what, what)}里有控制字符 {sign}；请删去",
        )
    return text
