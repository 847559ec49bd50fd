"""The picture of a training run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO


def plot_curve(history: Sequence[dict[str, float]], file: BinaryIO) -> None:
    """Draw bits per character (and training bits per byte) against bytes seen, as PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axis = pyplot.subplots(figsize=(8, 5))
    seen = [row["bytes"] / 1e6 for row in history]
    names = dict.fromkeys(key for row in history for key in row if "bits_per" in key)
    for name in names:
        axis.plot(seen, [row.get(name, float("nan")) for row in history], marker=".", label=name)
    axis.set_xlabel("million bytes seen")
    axis.set_ylabel("bits")
    axis.grid(alpha=0.3)
    axis.legend()
    figure.tight_layout()
    figure.savefig(file, dpi=110, format="png")
    pyplot.close(figure)
