"""Pictures of how speed changes with the context, the users and the depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Curve = Sequence[tuple[float, float]]


def draw(panels: Mapping[str, Mapping[str, Curve]], file: Path) -> None:
    """Write a picture: for each panel (its x axis) the curves by name.

    Raises:
        ImportError: matplotlib is not installed.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, found = pyplot.subplots(1, len(panels), figsize=(5 * len(panels), 4), squeeze=False)
    axes: list[Any] = list(found[0])
    for axis, (title, curves) in zip(axes, panels.items(), strict=True):
        for name, curve in curves.items():
            points = sorted(curve)
            axis.plot([x for x, _ in points], [y for _, y in points], marker="o", label=name)
        axis.set_xlabel(title)
        axis.set_ylabel("bytes a second of processor time")
        axis.set_xscale("log", base=2)
        axis.set_yscale("log")
        axis.grid(visible=True, alpha=0.3)
        axis.legend(fontsize=8)
    figure.tight_layout()
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=110)
    pyplot.close(figure)
