import gzip
import sys
from types import SimpleNamespace

import pytest

from training.evaluation.compression import compress_text, compressors

TEXT = "人参甘温，补五脏。" * 20


def test_the_standard_library_compresses_always(monkeypatch):
    for package in ("zstandard", "brotli", "pyppmd"):
        monkeypatch.setitem(sys.modules, package, None)

    assert list(compressors()) == ["gzip -9", "bzip2 -9", "xz -9e"]


def test_an_installed_package_adds_a_row(monkeypatch):
    module = SimpleNamespace(compress=lambda data, quality, lgwin: data[: quality + lgwin])
    monkeypatch.setitem(sys.modules, "brotli", module)

    assert compressors()["brotli -11"](b"x" * 99) == b"x" * 35


def test_bits_are_those_of_the_compressed_bytes():
    found = compress_text(TEXT, {"gzip -9": compressors()["gzip -9"]})["gzip -9"]

    size = len(gzip.compress(TEXT.encode(), 9, mtime=0))
    assert found["bytes"] == size
    assert found["bits_per_character"] == pytest.approx(8 * size / len(TEXT))
    assert found["bits_per_utf8_byte"] == pytest.approx(8 * size / len(TEXT) / 3)


def test_every_compressor_gives_the_same_bytes_twice():
    assert compress_text(TEXT, compressors()) == compress_text(TEXT, compressors())
