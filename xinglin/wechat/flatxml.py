"""The platform's XML: one root, `<xml>`, with text fields in it. Nothing else is accepted.

The platform puts what a follower wrote between `<![CDATA[` and `]]>` as it is, also when the text
holds these marks itself, so its pushes are not always well-formed XML. This reader takes a field to
end where its own end tag stands, and reads every body in time linear in its length.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from xinglin.errors import MessageError

BODY_LIMIT_BYTES = 64 * 1024
MOST_ELEMENTS = 512
DEEPEST = 8

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_NAME = r"[A-Za-z_][A-Za-z0-9_.-]{0,63}"
_TAG = re.compile(rf"<(/?)({_NAME})[ \t\n]{{0,16}}(/?)>")
_END_OF_VALUE = re.compile(rf"\]\]>[ \t\n]{{0,16}}</({_NAME})[ \t\n]{{0,16}}>")
_ENTITY = re.compile(r"&(?:#[xX]([0-9a-fA-F]{1,8})|#([0-9]{1,10})|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_CDATA, _CDATA_END = "<![CDATA[", "]]>"
# What every XML writer makes of `]]>` in a text.
_ESCAPED_END = "]]]]><![CDATA[>"
# Fields whose words a follower chooses. They end at their *last* end tag: an end tag in the words
# themselves must not let the rest of the words pass for other fields. All other fields end at the
# next end tag: one in a follower's words must not reach back into the fields before them.
_FREE_TEXT = frozenset({"Content", "Recognition", "Title", "Description", "Url", "Label"})


def drop_forbidden(text: str) -> str:
    """Remove the characters that XML 1.0 cannot hold (users do send them)."""
    return _FORBIDDEN.sub("", text)


def read_fields(body: bytes) -> dict[str, str]:
    """Return the fields of a push: tag to text; deeper elements are joined with dots.

    Of fields with the same name the first one counts.

    Raises:
        MessageError: too large, not XML, another root, attributes, or a document type in it.
    """
    if len(body) > BODY_LIMIT_BYTES:
        raise MessageError(f"the body has {len(body)} bytes; at most {BODY_LIMIT_BYTES} are read")
    text = drop_forbidden(body.decode("utf-8", "replace").lstrip("\ufeff"))
    return _Reader(text.replace("\r\n", "\n").replace("\r", "\n")).read()


class _Reader:
    """Walks through a text once, from `<` to `<`, and collects what stands under each path."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._elements = 0
        self._path: list[str] = []
        self._parts: dict[str, list[str]] = {}
        self._open: list[list[str]] = []
        self._ends: dict[str, list[int]] = {}
        for found in _END_OF_VALUE.finditer(text):
            self._ends.setdefault(found[1], []).append(found.start())

    def read(self) -> dict[str, str]:
        self._skip_declaration()
        self._tag()
        while self._path:
            self._step()
        if self._text[self._at :].strip():
            raise MessageError("something follows the root element")
        return {name: "".join(parts) for name, parts in self._parts.items()}

    def _skip_declaration(self) -> None:
        text = self._text
        self._at = len(text) - len(text.lstrip())
        if text.startswith("<?xml", self._at):
            self._at = self._find("?>", self._at) + 2
            self._at += len(text) - self._at - len(text[self._at :].lstrip())
        if text.startswith("<!DOCTYPE", self._at):
            raise MessageError("the body declares a document type; the platform never does")

    def _step(self) -> None:
        """Take the text up to the next `<`, and what begins there."""
        begin = self._find("<", self._at)
        if begin > self._at:
            self._add(_ENTITY.sub(_character, self._text[self._at : begin]))
        self._at = begin
        if self._text.startswith(_CDATA, begin):
            self._cdata(begin + len(_CDATA))
        elif self._text.startswith("<!--", begin):
            self._at = self._find("-->", begin + 4) + 3
        else:
            self._tag()

    def _tag(self) -> None:
        found = _TAG.match(self._text, self._at)
        if found is None:
            # What stands there may be what a follower wrote: it is not quoted.
            raise MessageError("the body is not XML as the platform writes it")
        self._at = found.end()
        closes, name, empty = found[1], found[2], found[3]
        if not closes:
            self._start(name)
        elif not self._path or self._path[-1] != name:
            raise MessageError("an end tag ends nothing")
        if closes or empty:
            self._path.pop()
            self._open.pop()

    def _start(self, name: str) -> None:
        self._elements += 1
        if not self._path and name != "xml":
            raise MessageError("the root is not <xml>")
        if len(self._path) > DEEPEST or self._elements > MOST_ELEMENTS:
            raise MessageError("the body has too many or too deeply nested elements")
        self._path.append(name)
        place = ".".join(self._path[1:])
        parts: list[str] = []
        if place and place not in self._parts:
            self._parts[place] = parts
        self._open.append(parts)

    def _cdata(self, begin: int) -> None:
        end = self._end_of_value(begin)
        if end is None:
            end = self._find(_CDATA_END, begin)
        self._add(self._text[begin:end].replace(_ESCAPED_END, _CDATA_END))
        self._at = end + len(_CDATA_END)

    def _end_of_value(self, begin: int) -> int | None:
        """Return where the CDATA that begins a field's value ends; None: at the next `]]>`."""
        name = self._path[-1]
        ends = self._ends.get(name, [])
        at = bisect_left(ends, begin)
        if at == len(ends):
            return None
        is_free = len(self._path) == 2 and name in _FREE_TEXT
        return ends[-1] if is_free else ends[at]

    def _add(self, text: str) -> None:
        self._open[-1].append(text)

    def _find(self, mark: str, begin: int) -> int:
        found = self._text.find(mark, begin)
        if found < 0:
            raise MessageError(f"the body ends where {mark} is missing")
        return found


def _character(found: re.Match[str]) -> str:
    """Return what a reference stands for; "" for a character that XML cannot hold."""
    if found[3]:
        return _NAMED[found[3]]
    code = int(found[1], 16) if found[1] else int(found[2])
    return "" if code > 0x10FFFF else drop_forbidden(chr(code))
