"""The bytes of a compressed file: a signature, the model it needs, frames. See docs/compression.md.

    file   = SIGNATURE version:u8 [model] frame...      the last frame carries LAST
    model  = MODEL backend:u8 coder:u8 mode:u8 codec:u8 digest:16 probe:u32 name_bytes:u8 name
             [memory:16]                              of mode 2
    frame  = kind:u8 length:varint [coded:varint code_bytes:varint checksum:u32] payload check:u32

Numbers are little-endian; a varint has seven bits a byte, lowest first. `check` is the CRC-32 of
every byte of the file before it but other checks, so that damage is seen before anything is
decoded; `checksum` is the CRC-32 of the frame's original bytes, so that no wrong byte ever leaves
the decoder.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import BinaryIO, Final, Literal, TypeVar

from inference.compression.text import Readable
from inference.errors import CompressionError

SIGNATURE: Final = b"\xf5XLC"  # 0xf5 begins no text in UTF-8
VERSION: Final = 1
LONGEST_FRAME: Final = 1 << 24
"""Most original bytes of a frame: what bounds the memory of a reader."""

_Name = TypeVar("_Name", bound=str)
Kind = Literal["stored", "raw", "text"]
Mode = Literal["alone", "mixed", "memory"]
BACKENDS: Final = {"cpu": 1, "reference": 2, "cuda": 3}
MODES: Final[dict[Mode, int]] = {"alone": 0, "mixed": 1, "memory": 2}
CODECS: Final = {"utf-8": 1, "gb18030": 2, "utf-16-le": 3, "utf-16-be": 4}

_MODEL: Final = 0x4D
_KINDS: Final[dict[Kind, int]] = {"stored": 1, "raw": 2, "text": 3}
_FRESH, _LAST = 0x10, 0x20
_NAME_BYTES: Final = 32
MEMORY_BYTES: Final = 16
"""Of the digest of a memory, in the file."""


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """Arithmetic that the frames need.

    Attributes:
        backend: `cpu`, `reference` or `cuda`.
        coder: version of the backend's arithmetic and coder.
        mode: `mixed` with counts of the text, with those of a `memory`, too, or the model `alone`.
        codec: text codec of the model.
        digest: the first 16 bytes of the sha256 of the weights.
        probe: CRC-32 of a fixed text's code: whether this machine computes the same numbers.
        name: what people call the model; only a hint.
        memory: the first 16 bytes of the digest of the memory; empty in other modes.
    """

    backend: str
    coder: int
    mode: Mode
    codec: str
    digest: bytes
    probe: int
    name: str
    memory: bytes = b""

    def to_bytes(self) -> bytes:
        """Return the record."""
        name = self.name.encode()[:_NAME_BYTES].decode("utf-8", "ignore").encode()
        kinds = (BACKENDS[self.backend], self.coder, MODES[self.mode], CODECS[self.codec])
        head = bytes((_MODEL, *kinds)) + self.digest + _u32(self.probe)
        return head + bytes((len(name),)) + name + self.memory


@dataclass(frozen=True, slots=True)
class Frame:
    """A piece of the original.

    Attributes:
        kind: `stored` as it is, `raw`: its bytes coded, `text`: UTF-8 coded in the model's codec.
        fresh: the coder begins anew here.
        last: no frame follows.
        length: original bytes.
        coded: bytes that went through the coder; 0 when stored.
        checksum: CRC-32 of the original bytes; 0 when stored, where `check` covers them.
        payload: the code, or the original bytes.
    """

    kind: Kind
    fresh: bool
    last: bool
    length: int
    coded: int = 0
    checksum: int = 0
    payload: bytes = field(default=b"", repr=False)

    def to_bytes(self) -> bytes:
        """Return the record without its check."""
        flags = (_FRESH if self.fresh else 0) | (_LAST if self.last else 0)
        head = bytes((_KINDS[self.kind] | flags,)) + _varint(self.length)
        if self.kind != "stored":
            head += _varint(self.coded) + _varint(len(self.payload)) + _u32(self.checksum)
        return head + self.payload


class Writer:
    """Writes records one after the other."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink
        self._check = 0
        self.written = 0
        self._put(SIGNATURE + bytes((VERSION,)))

    def model(self, record: ModelRecord) -> None:
        """Write which model the frames after this need."""
        self._put(record.to_bytes())

    def frame(self, frame: Frame) -> None:
        """Write a frame and its check."""
        self._put(frame.to_bytes())
        # Not part of what is checked: a CRC-32 over itself is a constant and would forget the rest.
        self._sink.write(_u32(self._check))
        self.written += 4

    def _put(self, data: bytes) -> None:
        self._sink.write(data)
        self._check = zlib.crc32(data, self._check)
        self.written += len(data)


class Reader:
    """Reads records; every fault is a `CompressionError`."""

    def __init__(self, source: Readable) -> None:
        """Read the signature.

        Raises:
            CompressionError: the file is of another kind or version.
        """
        self._source = source
        self.count = len(SIGNATURE)
        found = source.read(len(SIGNATURE))
        if found != SIGNATURE:
            what = "it is empty" if not found else f"it begins with {found.hex(' ')}"
            raise CompressionError(f"this is not a file that `compress` made: {what}")
        self._check = zlib.crc32(found)
        if (version := self._u8()) != VERSION:
            raise CompressionError(
                f"the file has format version {version}; this program reads version {VERSION}"
            )

    def record(self) -> ModelRecord | Frame:
        """Return the next record, its check verified when it is a frame."""
        kind = self._u8()
        if kind == _MODEL:
            return self._model()
        return self._frame(kind)

    def end(self) -> None:
        """Make sure that nothing follows.

        Raises:
            CompressionError: something does.
        """
        if self._source.read(1):
            raise CompressionError("something follows the end of the compressed data")

    def _model(self) -> ModelRecord:
        backend, coder, mode, codec = self._get(4)
        digest = self._get(16)
        probe = self._u32()
        name = self._get(self._u8()).decode("utf-8", "replace")
        known = _name_of(MODES, mode, "mode")
        return ModelRecord(
            backend=_name_of(BACKENDS, backend, "backend"),
            coder=coder,
            mode=known,
            codec=_name_of(CODECS, codec, "codec"),
            digest=digest,
            probe=probe,
            name="".join(c if c.isprintable() else "?" for c in name),
            memory=self._get(MEMORY_BYTES) if known == "memory" else b"",
        )

    def _frame(self, byte: int) -> Frame:
        kind = _name_of(_KINDS, byte & ~(_FRESH | _LAST), "kind of frame")
        length = self._varint(LONGEST_FRAME)
        size, coded, checksum = length, 0, 0
        if kind != "stored":
            coded = self._varint(2 * length if kind == "text" else length)
            size = self._varint(8 * length + 8)
            checksum = self._u32()
        payload = self._get(size)
        expected = self._check
        if self._u32() != expected:
            raise _damaged("a check does not fit")
        self._check = expected
        fresh, last = bool(byte & _FRESH), bool(byte & _LAST)
        return Frame(kind, fresh, last, length, coded, checksum, payload)

    def _get(self, count: int) -> bytes:
        data = self._source.read(count)
        if len(data) < count:
            raise CompressionError("the file is cut short")
        self._check = zlib.crc32(data, self._check)
        self.count += count
        return data

    def _u8(self) -> int:
        return self._get(1)[0]

    def _u32(self) -> int:
        return int.from_bytes(self._get(4), "little")

    def _varint(self, most: int) -> int:
        value = 0
        for shift in range(0, 35, 7):
            byte = self._u8()
            value |= (byte & 127) << shift
            if byte < 128:
                break
        if value > most:
            raise _damaged(f"a length is {value}, more than {most}")
        return value


def _name_of(table: dict[_Name, int], number: int, what: str) -> _Name:
    for name, found in table.items():
        if found == number:
            return name
    raise _damaged(f"there is no {what} {number}")


def _damaged(why: str) -> CompressionError:
    return CompressionError(f"the file is damaged, or of a later version: {why}")


def _u32(value: int) -> bytes:
    return value.to_bytes(4, "little")


def _varint(value: int) -> bytes:
    data = bytearray()
    while value > 127:
        data.append(value & 127 | 128)
        value >>= 7
    return bytes((*data, value))
