"""The platform's XML: one root, `<xml>`, with text fields in it. Nothing else is accepted."""

from __future__ import annotations

import re
from xml.parsers import expat

from xinglin.errors import MessageError

BODY_LIMIT_BYTES = 64 * 1024

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,10}));")
_CDATA = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)


def drop_forbidden(text: str) -> str:
    """Remove the characters that XML 1.0 cannot hold (users do send them)."""
    return _FORBIDDEN.sub("", text)


def read_fields(body: bytes) -> dict[str, str]:
    """Return the fields of a push: tag to text; deeper elements are joined with dots.

    Raises:
        MessageError: too large, not UTF-8, not XML, another root, or a document type in it.
    """
    if len(body) > BODY_LIMIT_BYTES:
        raise MessageError(f"the body has {len(body)} bytes; at most {BODY_LIMIT_BYTES} are read")
    text = _clean(body.decode("utf-8", "replace"))
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.refuse
    try:
        parser.Parse(text.encode("utf-8"), True)
    except expat.ExpatError as error:
        raise MessageError(f"the body is not well-formed XML: {error}") from error
    return reader.fields


def _clean(text: str) -> str:
    """Drop forbidden characters, also those written as references, but not inside CDATA."""
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", drop_forbidden(text.lstrip("\ufeff")))
    parts = _CDATA.split(text)
    return "".join(
        part if part.startswith("<![CDATA[") else _REFERENCE.sub(_reference, part) for part in parts
    )


def _reference(match: re.Match[str]) -> str:
    code = int(match[1], 16) if match[1] else int(match[2])
    if code > 0x10FFFF or (0xD800 <= code <= 0xDFFF) or drop_forbidden(chr(code)) == "":
        return ""
    return match[0]


class _Reader:
    """Collects the text under each path below the root."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._path: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        del attributes
        if not self._path and name != "xml":
            raise MessageError(f"the root is <{name[:40]}>; a push has <xml>")
        if len(self._path) > 8:
            raise MessageError("the body is nested too deeply")
        self._path.append(name)
        if len(self._path) > 1:
            self.fields.setdefault(".".join(self._path[1:]), "")

    def end(self, name: str) -> None:
        del name
        self._path.pop()

    def text(self, data: str) -> None:
        if len(self._path) > 1:
            self.fields[".".join(self._path[1:])] += data

    def refuse(self, *args: object) -> None:
        del args
        raise MessageError("the body declares a document type; the platform never does")
