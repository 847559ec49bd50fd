"""The pictures of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from training.evaluation.dialogue import LONGEST, Sample


def plot_bits(compression: Mapping[str, Mapping[str, Mapping[str, float]]], path: Path) -> None:
    """Draw bits per character of the model and of the compressors, a group of bars a text."""
    pyplot = _pyplot()
    figure, axis = pyplot.subplots(figsize=(8, 4.5))
    tools = list(dict.fromkeys(tool for found in compression.values() for tool in found))
    width = 0.8 / max(1, len(tools))
    for i, tool in enumerate(tools):
        bars = [
            found.get(tool, {}).get("bits_per_character", 0.0) for found in compression.values()
        ]
        places = [at + i * width for at in range(len(bars))]
        axis.bar_label(axis.bar(places, bars, width, label=tool), fmt="%.2f", fontsize=6)
    axis.set_xticks([at + 0.4 - width / 2 for at in range(len(compression))], list(compression))
    axis.set_ylabel("bits per character")
    axis.legend()
    _save(figure, path)


def plot_replies(samples: Sequence[Sample], path: Path) -> None:
    """Draw how long the replies are, those of the model's own sentences beside the others."""
    pyplot = _pyplot()
    figure, axis = pyplot.subplots(figsize=(8, 3.6))
    written = [one.by.endswith("written") for one in samples]
    lengths = [
        [min(len(s.reply), LONGEST) for s, own in zip(samples, written, strict=True) if own is kind]
        for kind in (True, False)
    ]
    axis.hist(
        lengths,
        bins=range(0, LONGEST + 11, 10),
        stacked=True,
        label=["the model's own sentence", "copied or fixed"],
    )
    axis.set_xlabel("characters of a reply")
    axis.set_ylabel("replies")
    axis.legend()
    _save(figure, path)


def _pyplot() -> Any:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def _save(figure: Any, path: Path) -> None:
    figure.tight_layout()
    # Without the date and version that would make each picture another file.
    figure.savefig(path, dpi=110, metadata={"Software": None})
    _pyplot().close(figure)
