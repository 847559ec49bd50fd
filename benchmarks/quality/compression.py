"""Compress real text with the model and with the usual programs, and compare what is left.

    python -m benchmarks.quality.compression --data DATA [--memory FILE] [--limit N] [--out FOLDER]

Every result is decompressed and compared byte by byte. DATA holds `classics.valid.txt`,
`general-zh.valid.txt` and `dialogue.valid.jsonl`; without it the repository's own Chinese README is
the only text. With a memory (`python -m inference memory build`) there is one more row; the peers
were not given the memory's text. They need `pip install --editable '.[bench]'`; one that is not
there is left out and said. Writes `compression.json` and `compression.md`, and prints the table.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import json
import lzma
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.engine.machine import cpu_name
from inference.compression.format import Mode
from inference.compression.memory import Memory
from inference.compression.stream import compress_bytes, decompress_bytes
from inference.config import EngineConfig
from inference.engine import Engine

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Method:
    """A way to compress bytes, and back."""

    name: str
    compress: Callable[[bytes], bytes]
    decompress: Callable[[bytes], bytes]


@dataclass(frozen=True)
class Result:
    """One text by one method; rates in original bytes a second."""

    text: str
    method: str
    bytes: int
    characters: int
    compressed: int
    bits_per_byte: float
    bits_per_character: float
    compress_rate: float
    decompress_rate: float


def peers() -> tuple[list[Method], list[str]]:
    """Return the methods that are installed, and the names of those that are not."""
    xz = {"format": lzma.FORMAT_XZ, "preset": 9 | lzma.PRESET_EXTREME}
    found = [
        Method("gzip -9", lambda data: gzip.compress(data, 9, mtime=0), gzip.decompress),
        Method("xz -9e", lambda data: lzma.compress(data, **xz), lzma.decompress),
    ]
    missing = []
    for name, package, make in (
        ("zstd --ultra -22 --long", "zstandard", _zstd),
        ("brotli -q 11", "brotli", _brotli),
        ("PPMd order 16", "pyppmd", _ppmd),
    ):
        try:
            found.append(make(name, importlib.import_module(package)))
        except ImportError:
            missing.append(name)
    return found, missing


def _zstd(name: str, zstd: object) -> Method:
    options = zstd.ZstdCompressionParameters.from_level(22, enable_ldm=True, window_log=27)
    return Method(
        name,
        lambda data: zstd.ZstdCompressor(compression_params=options).compress(data),
        lambda code: zstd.ZstdDecompressor(max_window_size=1 << 27).decompress(code),
    )


def _brotli(name: str, brotli: object) -> Method:
    return Method(name, lambda data: brotli.compress(data, quality=11, lgwin=24), brotli.decompress)


def _ppmd(name: str, pyppmd: object) -> Method:
    """PPMd var. H, the length in 4 bytes before the code."""
    memory = 256 << 20

    def compress(data: bytes) -> bytes:
        encoder = pyppmd.Ppmd7Encoder(16, memory)
        return len(data).to_bytes(4, "little") + encoder.encode(data) + encoder.flush()

    def decompress(code: bytes) -> bytes:
        length = int.from_bytes(code[:4], "little")
        return bytes(pyppmd.Ppmd7Decoder(16, memory).decode(code[4:], length))

    return Method(name, compress, decompress)


def ours(engine: Engine, mode: Mode) -> Method:
    """Return the model as a method."""
    return Method(
        f"xinglin, model {engine.checkpoint.name}, {mode}",
        lambda data: compress_bytes(engine, data, mode),
        lambda code: decompress_bytes(engine, code),
    )


def remembering(engine: Engine, memory: Memory) -> Method:
    """Return the model with a memory as a method."""
    return Method(
        f"xinglin, model {engine.checkpoint.name}, mixed with a memory",
        lambda data: compress_bytes(engine, data, memory=memory),
        lambda code: decompress_bytes(engine, code, memory),
    )


def texts(folder: Path | None, limit: int | None) -> dict[str, bytes]:
    """Return the texts in UTF-8, each cut to `limit` bytes at a character."""
    found = {"README.zh.md": (ROOT / "README.zh.md").read_text("utf-8")}
    if folder is not None:
        for name in ("classics.valid.txt", "general-zh.valid.txt"):
            found[name] = (folder / name).read_text("utf-8")
        lines = (folder / "dialogue.valid.jsonl").read_text("utf-8").splitlines()
        turns = [turn["text"] for line in lines if line for turn in json.loads(line)["turns"]]
        found["dialogue.valid, turns as lines"] = "\n".join(turns)
    return {
        name: text.encode()[:limit].decode("utf-8", "ignore").encode()
        for name, text in found.items()
    }


def measure(name: str, data: bytes, method: Method) -> Result:
    """Compress, decompress, compare, count.

    Raises:
        SystemExit: what came back is not what went in.
    """
    began = time.perf_counter()
    code = method.compress(data)
    middle = time.perf_counter()
    back = method.decompress(code)
    ended = time.perf_counter()
    if back != data:
        raise SystemExit(f"{method.name} gave back other bytes of {name}")
    characters = len(data.decode())
    return Result(
        text=name,
        method=method.name,
        bytes=len(data),
        characters=characters,
        compressed=len(code),
        bits_per_byte=round(8 * len(code) / len(data), 4),
        bits_per_character=round(8 * len(code) / characters, 4),
        compress_rate=round(len(data) / (middle - began)),
        decompress_rate=round(len(data) / (ended - middle)),
    )


def table(results: list[Result]) -> str:
    """Return Markdown: a table for each text, smallest first."""
    parts = []
    for name in dict.fromkeys(result.text for result in results):
        rows = sorted((r for r in results if r.text == name), key=lambda r: r.compressed)
        head = f"{name}: {rows[0].bytes:,} bytes, {rows[0].characters:,} characters"
        parts += [
            f"\n**{head}**\n",
            "| method | bytes | of the text | bits per character | packs, kB/s | unpacks, kB/s |",
            "| --- | ---: | ---: | ---: | ---: | ---: |",
        ]
        parts += [
            f"| {r.method} | {r.compressed:,} | {r.compressed / r.bytes:.1%} "
            f"| {r.bits_per_character:.3f} | {r.compress_rate / 1000:,.1f} "
            f"| {r.decompress_rate / 1000:,.1f} |"
            for r in rows
        ]
    return "\n".join(parts)


def main() -> int:
    """Measure, write and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, help="the folder of the valid texts")
    parser.add_argument("--limit", type=int, help="bytes of each text (default: all)")
    parser.add_argument("--out", type=Path, default=Path(), help="where the two files go")
    parser.add_argument("--model", type=Path, default=ROOT / "models/tcm")
    parser.add_argument("--memory", type=Path, help="a memory to mix in, in one more row")
    parser.add_argument("--only", metavar="TEXT", help="methods whose name contains this")
    args = parser.parse_args()
    methods, missing = peers()
    results = []
    with Engine.open(args.model, EngineConfig(backend="cpu")) as engine:
        methods += [ours(engine, "alone"), ours(engine, "mixed")]
        if args.memory:
            methods.append(remembering(engine, Memory(args.memory)))
        methods = [method for method in methods if (args.only or "") in method.name]
        machine = {
            "cpu": cpu_name(),
            "backend": engine.backend,
            "python": platform.python_version(),
        }
        for name, data in texts(args.data, args.limit).items():
            for method in methods:
                results.append(measure(name, data, method))
                print(f"{name}: {method.name}: {results[-1].compressed}", flush=True)
    args.out.mkdir(parents=True, exist_ok=True)
    report = {"machine": machine, "limit": args.limit, "not installed": missing}
    content = report | {"results": [asdict(result) for result in results]}
    (args.out / "compression.json").write_text(json.dumps(content, ensure_ascii=False, indent=2))
    said = f"\nNot installed: {', '.join(missing)}." if missing else ""
    text = f"{machine['cpu']}, one thread.\n{table(results)}\n{said}"
    (args.out / "compression.md").write_text(text, "utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
