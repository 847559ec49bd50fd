"""The normal form of a text: one writing for everything that looks at what a follower wrote.

Commands, danger signs, word lists, the finder and the model all see the same form, so that an
emoji, a traditional character or a gap changes no answer.
"""

from __future__ import annotations

from xinglin.normal.form import LONGEST, bounded, compact, normal_form, without_fillers, written
from xinglin.normal.names import Lexicon, mend_names, spell_names
from xinglin.normal.sounds import split_pinyin, syllable, syllables

__all__ = [
    "LONGEST",
    "Lexicon",
    "bounded",
    "compact",
    "mend_names",
    "normal_form",
    "spell_names",
    "split_pinyin",
    "syllable",
    "syllables",
    "without_fillers",
    "written",
]
