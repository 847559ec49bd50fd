"""Sentences to the operator, in English and Chinese."""

from __future__ import annotations


class Notice(str):
    """An English sentence, as logs and `/readyz` show it, that has a Chinese one beside it.

    Attributes:
        zh: the same in Chinese.
    """

    __slots__ = ("zh",)
    zh: str

    def __new__(cls, english: str, chinese: str) -> Notice:
        """Keep both."""
        made = super().__new__(cls, english)
        made.zh = chinese
        return made
