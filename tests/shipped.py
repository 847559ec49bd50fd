"""The account that is shipped, whose texts most tests expect.

from tests import shipped as texts
assert platform.say("帮助") == texts.HELP
"""

from __future__ import annotations

from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

import xinglin.texts
from xinglin.account import find_folder, read_account, read_bundle

TCM = read_account(read_bundle(find_folder("tcm")))
AI_LABEL = TCM.label
SERVING = SimpleNamespace(current=TCM)
"""Stands where a process has its AccountHolder."""
_OTHER_NAMES = {"POISON": "failed", "EMPTY_TEXT": "empty", "WORDLESS": "sticker"}
UNSUPPORTED = {
    kind: TCM.texts.of_kind(kind)
    for kind in ("voice", "image", "video", "shortvideo", "location", "link", "other")
}


def __getattr__(name: str) -> Any:
    """Return a text by its name in capitals: the account's, or safety's."""
    key = _OTHER_NAMES.get(name, name.lower())
    found = asdict(TCM.texts).get(key)
    return found if found is not None else getattr(xinglin.texts, name)
