"""The platform's limits for the buttons under a conversation."""

from __future__ import annotations

from typing import Any

from xinglin.bilingual import Notice

BUTTONS, SUB_BUTTONS = 3, 5
NAME_BYTES, SUB_NAME_BYTES, KEY_BYTES, URL_BYTES = 16, 60, 128, 1024
WANTS = {"click": "key", "view": "url", "scancode_push": "key", "scancode_waitmsg": "key"}


def check_buttons(buttons: Any) -> list[dict[str, Any]]:
    """Hold buttons, as the platform takes them, against its limits.

    Raises:
        ValueError: one goes beyond them; the sentence, a `Notice`, names it.
    """
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= BUTTONS:
        raise ValueError(
            Notice(
                'write {"button": [...]} with 1 to 3 buttons',
                '应写成 {"button": [...]}，1 到 3 个按钮',
            )
        )
    for button in buttons:
        _check(button, NAME_BYTES, sub=False)
    return buttons


def _check(button: Any, name_bytes: int, *, sub: bool) -> None:
    name = button.get("name") if isinstance(button, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise ValueError(
            Notice("each button is an object with a name", "每个按钮是一个带 name 的对象")
        )
    if _size(name) > name_bytes:
        raise ValueError(
            Notice(
                f"button {name!r}: the name may have {name_bytes} bytes",
                f"按钮“{name}”：名称最多 {name_bytes} 字节（一个汉字 3 字节）",
            )
        )
    below = button.get("sub_button")
    if below is not None:
        if sub or not isinstance(below, list) or not 1 <= len(below) <= SUB_BUTTONS:
            raise ValueError(
                Notice(
                    f"button {name!r}: 1 to 5 sub-buttons, and none below them",
                    f"按钮“{name}”：1 到 5 个子按钮，下面不能再有",
                )
            )
        for one in below:
            _check(one, SUB_NAME_BYTES, sub=True)
        return
    wanted = WANTS.get(str(button.get("type")))
    if wanted is None:
        kinds = ", ".join(WANTS)
        raise ValueError(
            Notice(
                f"button {name!r}: its type must be one of {kinds}",
                f"按钮“{name}”：type 应当是 {kinds} 之一",
            )
        )
    value = button.get(wanted)
    limit = KEY_BYTES if wanted == "key" else URL_BYTES
    if not isinstance(value, str) or not value or _size(value) > limit:
        raise ValueError(
            Notice(
                f"button {name!r}: {wanted} must be text of 1 to {limit} bytes",
                f"按钮“{name}”：{wanted} 应当是 1 到 {limit} 字节的文字",
            )
        )


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
