"""The model that a worker serves, and its exchange for another while turns are under way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inference.config import EngineConfig
from inference.engine import Engine
from inference.errors import EngineError
from xinglin.errors import ModelLoadError
from xinglin.model_folder import find_model
from xinglin.settings import Settings
from xinglin.store.operations.model_registry import is_model_name


def open_engine(settings: Settings, model: str, *, announced: bool) -> Engine:
    """Open a model by name.

    Args:
        settings: say where models are and which backend runs them.
        model: a name in the models folder; from the settings also a path.
        announced: it came over the network, so only a plain name is taken.

    Raises:
        ModelLoadError: it cannot be served; the sentence says why.
    """
    config = EngineConfig(
        backend=settings.backend,
        isa=settings.isa,
        threads=settings.threads,
        max_batch=settings.max_batch,
        cache_bytes=settings.cache_bytes,
    )
    folder = _folder(settings, model, announced=announced)
    try:
        return Engine.open(folder, config)
    except EngineError as error:
        raise ModelLoadError(str(error)) from error
    except Exception as error:  # whatever is wrong with a model must not end who reads it
        raise ModelLoadError(f"{model}: {type(error).__name__}: {error}"[:300]) from error


def _folder(settings: Settings, model: str, *, announced: bool) -> Path:
    """Return a model's folder; the echo backend reads none, so it need not be there."""
    if settings.backend == "echo" and is_model_name(model):
        return settings.models / model
    return find_model(settings, model, announced=announced)


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
        """Empty the engine's prefix cache, which holds the texts of past turns."""
        with self.use() as served:
            served.engine.clear_prefix_cache()

    def close(self) -> None:
        """Close the current model."""
        self._served.engine.close()
