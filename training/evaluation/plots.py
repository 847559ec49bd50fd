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


def plot_replies(samples: Sequence[Sample], copied: Sequence[float], path: Path) -> None:
    """Draw how long the replies are, and how much of each stands in the training text."""
    pyplot = _pyplot()
    figure, axes = pyplot.subplots(1, 2 if copied else 1, figsize=(8, 3.6), squeeze=False)
    lengths = [
        [min(len(s.reply), LONGEST) for s in samples if s.ended is ended] for ended in (True, False)
    ]
    axes[0, 0].hist(
        lengths, bins=range(0, LONGEST + 11, 10), stacked=True, label=["ended by itself", "cut off"]
    )
    axes[0, 0].set_xlabel("characters of a reply")
    axes[0, 0].set_ylabel("replies")
    axes[0, 0].legend()
    if copied:
        axes[0, 1].hist([100 * part for part in copied], bins=range(0, 101, 5))
        axes[0, 1].set_xlabel("% of its characters copied from the training text")
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
