"""Opens the backend that was asked for, or the fastest that is there."""

from __future__ import annotations

import logging

from inference.backends.base import Backend
from inference.backends.failover import TakeoverBackend
from inference.backends.reference import ReferenceBackend
from inference.config import EngineConfig
from inference.errors import BackendError
from inference.model.checkpoint import Checkpoint

logger = logging.getLogger(__name__)


def open_backend(checkpoint: Checkpoint, config: EngineConfig) -> Backend:
    """Open a backend on a loaded model.

    Raises:
        BackendError: the backend, or its library, is not there.
    """
    if config.backend == "reference":
        return ReferenceBackend.open(checkpoint, config)
    if config.backend == "cuda":
        return _open_cuda(checkpoint, config)
    if config.backend == "auto" and config.isa == "auto":
        try:
            first = _open_cuda(checkpoint, config)
        except BackendError as error:
            logger.info("no GPU (%s)", error)
        else:
            return TakeoverBackend(first, lambda: _open_processor(checkpoint, config))
    return _open_processor(checkpoint, config)


def _open_processor(checkpoint: Checkpoint, config: EngineConfig) -> Backend:
    try:
        return _open_native(checkpoint, config)
    except BackendError as error:
        if config.backend != "auto":
            raise
        logger.warning("no native backend (%s); using the slow reference", error)
        return ReferenceBackend.open(checkpoint, config)


def _open_cuda(checkpoint: Checkpoint, config: EngineConfig) -> Backend:
    from inference.backends.native_cuda import CudaBackend

    backend: Backend = CudaBackend.open(checkpoint, config)
    return backend


def _open_native(checkpoint: Checkpoint, config: EngineConfig) -> Backend:
    try:
        from inference.backends.native import NativeBackend
    except ImportError as error:
        raise BackendError(f"the native backend does not import: {error}") from error
    backend: Backend = NativeBackend.open(checkpoint, config)
    return backend
