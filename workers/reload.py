"""Watches for an announced model and takes it beside the old one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

from workers.model_holder import ModelHolder, open_engine
from xinglin.errors import ModelLoadError, StoreError
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.store.records import Ack, WantedModel

logger = logging.getLogger(__name__)


def open_first(settings: Settings, store: Store, worker: str) -> ModelHolder:
    """Open the announced model; the one before it, or the configured one, when it is broken.

    Raises:
        ModelLoadError: the configured model cannot be served either.
    """
    want = store.models.want()
    if want is not None:
        try:
            engine = open_engine(settings, want.name, announced=True)
            store.models.acknowledge(want.gen, Ack(worker, want.name, "ok"))
            return ModelHolder(engine, want.name, want.gen)
        except ModelLoadError as error:
            logger.error("model_refused", extra={"model": want.name, "error": str(error)})
            store.models.acknowledge(want.gen, Ack(worker, want.name, "failed", str(error)))
            before = next((name for name in store.models.past() if name != want.name), None)
            with suppress(ModelLoadError):
                if before is not None and before != settings.model:
                    engine = open_engine(settings, before, announced=True)
                    return ModelHolder(engine, before, want.gen)
    engine = open_engine(settings, settings.model, announced=False)
    return ModelHolder(engine, settings.model, want.gen if want else 0)


class ReloadWatcher:
    """Answers each announcement once."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        holder: ModelHolder,
        worker: str,
        heartbeat: Callable[[], None],
    ) -> None:
        """Watch for announcements.

        Args:
            settings: say where models are.
            store: where announcements and answers are.
            holder: what to exchange.
            worker: the name to answer with.
            heartbeat: says what this worker serves; called before a swap is acknowledged, so
                that whoever sees the acknowledgement also sees the new model.
        """
        self._settings, self._store, self._holder, self._worker = settings, store, holder, worker
        self._heartbeat = heartbeat

    def run_once(self) -> None:
        """Look for an announcement that this worker has not answered."""
        want = self._store.models.want()
        current = self._holder.current
        if want is None or want.gen == current.gen:
            return
        if want.gen < current.gen and want.name == current.model:
            self._holder.keep(want.gen)  # a later announcement was taken back
            self._store.models.acknowledge(want.gen, Ack(self._worker, want.name, "ok"))
            return
        self._take(want)

    def _take(self, want: WantedModel) -> None:
        try:
            engine = open_engine(self._settings, want.name, announced=True)
        except ModelLoadError as error:
            logger.error("model_refused", extra={"model": want.name, "error": str(error)})
            self._holder.keep(want.gen)
            ack = Ack(self._worker, want.name, "failed", str(error))
        else:
            if not self._stands(want):
                engine.close()
                return
            self._holder.swap(engine, want.name, want.gen)
            logger.info("model_swapped", extra={"model": want.name})
            self._heartbeat()
            ack = Ack(self._worker, want.name, "ok")
        self._store.models.acknowledge(want.gen, ack)

    def _stands(self, want: WantedModel) -> bool:
        """Return whether an announcement was not taken back while its model was read."""
        try:
            return self._store.models.want() == want
        except StoreError:  # it will be read again
            return False
