"""Write the tables of characters anew: `python -m xinglin.normal.make_tables`.

Needs OpenCC and pypinyin, which come with the extra `dev`; the service needs neither.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from opencc import OpenCC
from pypinyin import Style, pinyin

from xinglin.normal.tables import SIMPLIFIED, SOUNDS

_HAN = (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))
_SPOKEN = range(0x4E00, 0x9FA6)
# Variants of Taiwan and Hong Kong; a frame that looks like a mouth; forms that OpenCC leaves alone.
_MORE = {
    **dict(zip("敍枱痺睪簷粧糭著衞衹顎鯰", "叙台痹睾檐妆粽着卫只腭鲇", strict=True)),
    **dict(zip("囗蟇吿裠床疎凉蔴", "口蟆告裙床疏凉麻", strict=True)),
    **dict(zip("葠薓飜繙", "参参翻翻", strict=True)),
}
_WRONG_ALONE = {"覆", "么"}  # right in print


def pairs() -> Iterator[tuple[str, str]]:
    """Yield (traditional, simplified) characters; no simplified one is traditional itself."""
    convert = OpenCC("t2s").convert
    table = {chr(code): convert(chr(code)) for code in _HAN} | _MORE
    for character, plain in table.items():
        last = table.get(plain, plain)
        if last != character and last <= "\uffff" and character not in _WRONG_ALONE:
            yield character, last


def readings() -> dict[str, str]:
    """Return the characters of each syllable; `ü` is written `v`, as it is typed."""
    found: dict[str, list[str]] = defaultdict(list)
    for code in _SPOKEN:
        reading = pinyin(chr(code), style=Style.NORMAL, errors="ignore", v_to_u=False)
        if reading and reading[0][0].isascii() and reading[0][0].isalpha():
            found[reading[0][0]].append(chr(code))
    return {syllable: "".join(found[syllable]) for syllable in sorted(found)}


def main() -> None:
    """Write both files."""
    SIMPLIFIED.write_text("".join(f"{a}{b}\n" for a, b in sorted(pairs())), encoding="utf-8")
    rows = (f"{syllable} {characters}\n" for syllable, characters in readings().items())
    SOUNDS.write_text("".join(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
