"""The folder of the model that a name stands for, and the models there are."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from xinglin.bilingual import Notice
from xinglin.errors import ModelLoadError
from xinglin.settings import Settings
from xinglin.store.operations.model_registry import is_model_name

CONFIG = "config.json"
"""File that every model's folder has."""
DEFAULT = Path("models")
SHIPPED = Path(__file__).resolve().parents[1] / "models"


def find_model(settings: Settings, model: str, *, announced: bool = False) -> Path:
    """Return the folder of a model.

    Args:
        settings: say where models are.
        model: a name in the models folder; from the settings also a path.
        announced: it came over the network, so only a plain name is taken.

    Raises:
        ModelLoadError: there is no such folder; the sentence names the models there are.
    """
    is_name = is_model_name(model)
    if announced and not is_name:
        raise ModelLoadError(
            Notice(
                f"{model[:80]!r} is not the name of a model folder",
                f"“{model[:80]}”不是模型文件夹的名称",
            )
        )
    roots = [settings.models]
    if settings.models == DEFAULT:  # started in another folder than that of the repository
        roots.append(SHIPPED)
    for root in roots:
        if is_name and (root / model).is_dir():
            return root / model
    if model and not announced and Path(model).is_dir():
        return Path(model)
    raise ModelLoadError(_missing(roots, model))


def _missing(roots: list[Path], model: str) -> Notice:
    folder = next((root for root in roots if root.is_dir()), roots[0])
    there = sorted(path.parent.name for path in folder.glob(f"*/{CONFIG}"))
    near = get_close_matches(model, there, 1)
    meant, meant_zh = (f" ({near[0]} is meant?)", f"（是不是 {near[0]}？）") if near else ("", "")
    have, have_zh = ", ".join(there) or "none", "、".join(there) or "没有模型"
    return Notice(
        f"model {model!r}: no such folder{meant}; in {folder.resolve()} there are: {have}. Set"
        " XINGLIN_MODEL (or `model` in account.toml) to one of these, or XINGLIN_MODELS to the"
        " folder that has it",
        f"没有“{model}”这个模型{meant_zh}；{folder.resolve()} 里有：{have_zh}。"
        "请把 XINGLIN_MODEL（或 account.toml 里的 model）改成其中一个，"
        "或让 XINGLIN_MODELS 指向它所在的文件夹",
    )
