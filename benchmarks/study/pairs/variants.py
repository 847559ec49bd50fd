"""The study's variants: one base, and what differs from it in each run.

The order is that of the runs: what is cheap and decides comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MIX: Final = "classics.train=0.6,dialogue.train=0.2,general-zh.train=0.2"
_COMMON: Final = (
    *("--mix", MIX, "--muon-lr", "0.02", "--adam-lr", "0.01", "--decay-share", "0.5"),
    *("--sliding", "0", "--threads", "1", "--valid-every", "1e9"),
)
PAIR: Final = (
    *_COMMON,
    *("--family", "wygpt-pair", "--codec", "utf-16-be", "--batch-bytes", "4096"),
    *("--width", "192", "--layers", "5", "--heads", "4", "--context", "512"),
    *("--orders", "1,2,3", "--rows", "6144,4096,3072", "--mixing", "--curriculum", "1:256"),
)
BYTE: Final = (
    *_COMMON,
    *("--family", "wygpt-ngram", "--codec", "gb18030", "--batch-bytes", "2048"),
    *("--width", "192", "--layers", "5", "--heads", "4", "--context", "1024"),
    *("--orders", "2,3,4,6", "--rows", "4781", "--curriculum", "1:512"),
)


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to build or train the model.

    Attributes:
        name: of the row.
        question: what it helps to decide.
        options: of `python -m training pretrain`, after those of the base.
        seeds: one run each.
        base: the options before.
        recoded: learn the study's own 16-bit code instead of UTF-16.
        torch: an architecture of `torch_variants.py`; "": the C++ trainer computes.
        start: folder of a model to go on from; "": random weights.
    """

    name: str
    question: str
    options: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (1,)
    base: tuple[str, ...] = PAIR
    recoded: bool = False
    torch: str = ""
    start: str = ""


_BOTH: Final = (1, 2)


def _sizes(width: int, layers: int, heads: int) -> tuple[str, ...]:
    return ("--width", f"{width}", "--layers", f"{layers}", "--heads", f"{heads}")


def _tables(orders: str, rows: str) -> tuple[str, ...]:
    return ("--orders", orders, "--rows", rows)


_TRAINED: Final = "models/tcm-base"
_GENTLE: Final = (
    *("--context", "1024", "--muon-lr", "0.01", "--adam-lr", "0.005", "--decay-share", "1"),
    "--batch-bytes",
)
_TORCH: Final = ("--batch-bytes", "2048")

VARIANTS: Final = (
    Variant("base", "base", seeds=_BOTH),
    Variant("8,192 bytes a step", "batch", ("--batch-bytes", "8192"), seeds=_BOTH),
    Variant("no mixing", "mixing", ("--no-mixing",), seeds=_BOTH),
    Variant("own 16-bit code", "code", recoded=True, seeds=_BOTH),
    Variant("byte step, gb18030", "pair or byte", base=BYTE),
    Variant("utf-16-le", "byte order", ("--codec", "utf-16-le"), seeds=_BOTH),
    Variant("2,048 bytes a step", "batch", ("--batch-bytes", "2048")),
    Variant("AdamW 0.02", "rates", ("--adam-lr", "0.02"), seeds=_BOTH),
    Variant("AdamW 0.04", "rates", ("--adam-lr", "0.04"), seeds=_BOTH),
    Variant("AdamW 0.005", "rates", ("--adam-lr", "0.005")),
    Variant("orders 1, 2, each 96 wide", "tables", _tables("1,2", "5120,3755")),
    Variant("192 x 5, one head", "shape", _sizes(192, 5, 1)),
    Variant("96 x 20, one head", "shape", (*_sizes(96, 20, 1), "--rows", "12288,8192,6144")),
    Variant("240 x 3, four heads", "shape", (*_sizes(240, 3, 4), "--rows", "4915,3277,2458")),
    Variant("plain", "torch", _TORCH, torch="plain"),
    Variant("rows into the values of two layers", "torch", _TORCH, torch="values"),
    Variant("one of four gates, by the character", "torch", _TORCH, torch="experts-hashed"),
    Variant("rows with a sign", "torch", _TORCH, torch="sign"),
    Variant("rows with a gate", "torch", _TORCH, torch="gate"),
    Variant("no tables", "tables", ("--orders", "0", "--rows", "0")),
    Variant("twice the rows", "tables", ("--rows", "12288,8192,6144")),
    Variant("orders 1 to 4, each 48 wide", "tables", _tables("1,2,3,4", "6144,4096,4096,3414")),
    Variant("192 x 5, eight heads", "shape", _sizes(192, 5, 8)),
    Variant("144 x 9, four heads", "shape", (*_sizes(144, 9, 4), "--rows", "8192,5461,4096")),
    Variant("one of four gates, learned choice", "torch", _TORCH, torch="experts-learned"),
    Variant("Muon 0.03", "rates", ("--muon-lr", "0.03")),
    Variant("half the rows", "tables", ("--rows", "3072,2048,1536")),
    Variant("tcm-base, 8,192 bytes a step", "trained", (*_GENTLE, "8192"), start=_TRAINED),
    Variant("tcm-base, 4,096 bytes a step", "trained", (*_GENTLE, "4096"), start=_TRAINED),
    Variant(
        "tcm-base, 8,192 bytes a step, AdamW twice as fast",
        "trained",
        (*_GENTLE, "8192", "--adam-lr", "0.01"),
        start=_TRAINED,
    ),
    Variant("windows of 128", "windows", ("--curriculum", "1:128")),
)
