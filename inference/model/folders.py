"""Where models lie: a name under `models/`, or a path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from inference.errors import CheckpointError

DEFAULT: Final = "tcm"
VARIABLE: Final = "XINGLIN_MODEL"
ROOTS: Final = (Path("models"), Path(__file__).resolve().parents[2] / "models")


def chosen_model(option: str | None, environ: Mapping[str, str]) -> str:
    """Return the option, else what XINGLIN_MODEL says, else the default."""
    return option or environ.get(VARIABLE) or DEFAULT


def find_model(name: str, roots: tuple[Path, ...] = ROOTS) -> Path:
    """Return the folder of a model.

    Args:
        name: a name under one of `roots`, or the path of a folder.
        roots: where named models lie; the first that has it wins.

    Raises:
        CheckpointError: there is no such folder; the sentence says where it was looked for.
    """
    candidates = [root / name for root in roots]
    if "/" in name or name in {".", ".."}:
        candidates = [Path(name)]
    for folder in [*candidates, Path(name)]:
        if folder.is_dir():
            return folder
    looked = " and ".join(dict.fromkeys(str(folder) for folder in candidates))
    raise CheckpointError(
        f"model {name!r}: there is no folder {looked}; name one that is there with --model"
    )
