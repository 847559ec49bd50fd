"""Errors of the package, and its sentences to the owner.

KnowledgeError            the caller tells the owner; the knowledge in use stays
    ReadError             a file of the folder cannot be used: file, line and remedy
    EncoderFileError      the encoder's file is damaged or of another version
    MappedFileError       an index is missing, damaged or of another version: it is made anew
"""

from __future__ import annotations

from knowledge.notes import Place


class Sentence(str):
    """An English sentence that has a Chinese one beside it.

    Attributes:
        zh: the same in Chinese.
    """

    __slots__ = ("zh",)
    zh: str

    def __new__(cls, english: str, chinese: str) -> Sentence:
        """Keep both."""
        made = super().__new__(cls, english)
        made.zh = chinese
        return made


class KnowledgeError(Exception):
    """Root of what this package raises."""


class ReadError(KnowledgeError):
    """A file cannot be used; the sentence names file, line and remedy.

    Attributes:
        zh: the same in Chinese; "" where there is none.
    """

    def __init__(self, english: str, chinese: str = "") -> None:
        """Keep both."""
        super().__init__(english)
        self.zh = chinese


def wrong(place: Place | str, english: str, chinese: str) -> ReadError:
    """Return an error with its place before both sentences."""
    place_zh = place if isinstance(place, str) else place.zh
    return ReadError(f"{place}: {english}", f"{place_zh}：{chinese}")


class EncoderFileError(KnowledgeError):
    """The encoder's file is damaged or of another version."""


class MappedFileError(KnowledgeError):
    """A file of arrays is missing, damaged or of another version."""
