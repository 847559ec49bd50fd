"""The model that a worker serves, and its exchange for another while turns are under way."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inference.config import EngineConfig
from inference.engine import Engine
from inference.errors import EngineError
from xinglin.errors import ModelLoadError
from xinglin.settings import Settings

MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def open_engine(settings: Settings, model: str, *, announced: bool) -> Engine:
    """Open a model by name.

    Args:
        settings: say where models are and which backend runs them.
        model: a name in the models folder; from the settings also a path.
        announced: it came over the network, so only a plain name is taken.

    Raises:
        ModelLoadError: it cannot be served; the sentence says why.
    """
    is_name = MODEL_NAME.fullmatch(model) is not None and ".." not in model
    if announced and not is_name:
        raise ModelLoadError(f"{model[:80]!r} is not the name of a model folder")
    config = EngineConfig(
        backend=settings.backend,
        isa=settings.isa,
        threads=settings.threads,
        max_batch=settings.max_batch,
        cache_bytes=settings.cache_bytes,
    )
    try:
        return Engine.open(_find(settings, model, announced=announced, is_name=is_name), config)
    except EngineError as error:
        raise ModelLoadError(str(error)) from error
    except Exception as error:  # whatever is wrong with a model must not end who reads it
        raise ModelLoadError(f"{model}: {type(error).__name__}: {error}"[:300]) from error


def _find(settings: Settings, model: str, *, announced: bool, is_name: bool) -> Path:
    folder = settings.models / model
    if announced or (is_name and folder.exists()):
        return folder
    return Path(model) if Path(model).exists() or not is_name else folder


class LoadedModel:
    """One opened model and how many turns use it."""

    def __init__(self, engine: Engine, model: str, gen: int) -> None:
        self.engine, self.model, self.gen = engine, model, gen
        self.version = engine.checkpoint.version
        self.users = 0
        self.retired = False


class ModelHolder:
    """Holds the model that new turns begin with; turns under way finish on theirs."""

    def __init__(self, engine: Engine, model: str, gen: int) -> None:
        self._lock = threading.Lock()
        self._served = LoadedModel(engine, model, gen)

    @property
    def current(self) -> LoadedModel:
        """The model that new turns begin with."""
        return self._served

    @contextmanager
    def use(self) -> Iterator[LoadedModel]:
        """Keep the current model open for one turn."""
        with self._lock:
            served = self._served
            served.users += 1
        try:
            yield served
        finally:
            self._leave(served)

    def swap(self, engine: Engine, model: str, gen: int) -> None:
        """Begin new turns with another model; the old one closes after its last turn."""
        with self._lock:
            old, self._served = self._served, LoadedModel(engine, model, gen)
            old.retired = True
            idle = old.users == 0
        if idle:
            old.engine.close()

    def keep(self, gen: int) -> None:
        """Note that announcement `gen` was answered, with the model unchanged."""
        with self._lock:
            self._served.gen = gen

    def _leave(self, served: LoadedModel) -> None:
        with self._lock:
            served.users -= 1
            last = served.retired and served.users == 0
        if last:
            served.engine.close()

    def clear_prefix_cache(self) -> None:
        """Drop what past turns have left in the engine's memory."""
        with self.use() as served:
            served.engine.clear_prefix_cache()

    def close(self) -> None:
        """Close the current model."""
        self._served.engine.close()
