"""Messages without words: stickers, emoticon codes, placeholders, punctuation and emoji.

WeChat sends its built-in faces as codes within a text: the old ones as `/::)`, the newer ones as
`[旺柴]`; what it cannot pass on at all comes as a placeholder in brackets.
"""

from __future__ import annotations

import re
import unicodedata

# Codes of the built-in faces, without the `/:` in front.
_CODES = r"""
:) :~ :B :| 8-) :< :$ :X :Z :'( :-| :@ :P :D :O :( :+ --b :Q :T ,@P ,@-D :d ,@o :g |-) :! :L :>
:,@ ,@f :-S ? ,@x ,@@ :8 ,@! !!! xx bye wipe dig handclap &-( B-) <@ @> :-O >-| P-( :'| X-) :*
@x 8* pd <W> beer basketb oo coffee eat pig rose fade showlove heart break cake li bome kn footb
ladybug shit moon sun gift hug strong weak share v @) jj @@ bad lvu no ok love <L> jump shake
<O> circle kotow turn skip oY #-0 hiphot kiss <& &>
"""
_LONGEST_FIRST = sorted(_CODES.split(), key=len, reverse=True)
_CODE = re.compile(f"/:(?:{'|'.join(map(re.escape, _LONGEST_FIRST))})")
# The newer faces have names of a few characters; no sentence is that short and in brackets.
_FACE = re.compile(r"\[(?:\w{1,5}|[A-Za-z0-9 ]{1,16})\]")
# Faces of letters.
_LETTERS = re.compile(
    r"\s*(?:[TQ][_.^oOwWaA][TQ]|[oO0][_.][oO0]|[uU][wW][uU]|[oO]rz|OTZ|OTL|[xX]D+|[:;=]-?[DPpoO3])\s*"
)
# Letters that look like nothing (Hangul fillers).
_BLANK = re.compile("[\u115f\u1160\u3164\uffa0]")
_PLACEHOLDER = re.compile(
    r"[【\[][^【】\[\]]{0,40}(?:不支持|不支援|无法显示|無法顯示|unsupported|not supported)"
    r"[^【】\[\]]{0,40}[】\]]",
    re.IGNORECASE,
)


def is_wordless(text: str) -> bool:
    """Return whether faces, placeholders, marks and emoji are all there is."""
    plain = _BLANK.sub(" ", unicodedata.normalize("NFC", text))
    if _LETTERS.fullmatch(plain):
        return True
    for pattern in (_PLACEHOLDER, _CODE, _FACE):
        plain = pattern.sub(" ", plain)
    return not any(map(_carries_meaning, _without_keycaps(plain)))


def _without_keycaps(text: str) -> str:
    """Return the text without figures that are emoji, such as 1️⃣."""
    return re.sub("[0-9#*]\ufe0f?\u20e3", " ", text)


def _carries_meaning(character: str) -> bool:
    return unicodedata.category(character)[0] in "LN"
